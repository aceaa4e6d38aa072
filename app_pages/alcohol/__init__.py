"""The ID checks page."""
