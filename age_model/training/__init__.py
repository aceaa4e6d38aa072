"""From aligned faces to a saved model."""
