"""The network, its answers as distributions of ages, and the files of a model."""
