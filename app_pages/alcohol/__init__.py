"""The Alcohol checks page."""
