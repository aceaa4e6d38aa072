"""The HTTP service: ages on photos, visits and receipts, for tills, cameras and other programs."""
