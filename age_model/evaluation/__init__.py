"""How good a model is: predictions on labelled photos, and figures of them."""
