"""A demonstration month, made up around a known truth."""
