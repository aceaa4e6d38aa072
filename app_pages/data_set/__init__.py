"""The Data set page."""
