"""The Test errors page."""
