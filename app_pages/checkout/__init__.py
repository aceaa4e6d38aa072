"""The Checkout page."""
