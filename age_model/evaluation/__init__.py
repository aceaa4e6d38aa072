"""How good a model is: predictions on labelled photos, and metrics of them."""
