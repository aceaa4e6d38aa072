"""The Data kept page."""
