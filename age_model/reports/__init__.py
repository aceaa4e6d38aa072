"""Metrics put into words: the model card, the console, tables of a data set."""
