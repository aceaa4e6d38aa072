"""Purchases by age band, and ID checks of young-looking buyers."""
