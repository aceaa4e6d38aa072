"""Metrics as text: the model card, the console, the tables of a data set."""
