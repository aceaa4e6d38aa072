"""What age bands buy, and whether young-looking buyers are asked for ID."""
