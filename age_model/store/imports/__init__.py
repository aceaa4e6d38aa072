"""Receipts, visits and photos from elsewhere."""
