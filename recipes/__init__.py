"""The steps that made the shipped model, as runnable programs."""
