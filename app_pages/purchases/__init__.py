"""The Purchases page."""
