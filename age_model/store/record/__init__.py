"""The store's record: its tables, what is written to them and what is read."""
