"""The commands that made the model that ships, as programs that run."""
