"""From estimated ages to shares of age bands, with their uncertainty."""
