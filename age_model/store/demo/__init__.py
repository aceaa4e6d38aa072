"""A synthetic demonstration month with known ground truth."""

DEMO_VISITS = 60_000
