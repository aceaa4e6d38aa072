"""A synthetic demonstration month with known ground truth."""
