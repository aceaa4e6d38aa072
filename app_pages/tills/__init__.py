"""The Tills page."""
