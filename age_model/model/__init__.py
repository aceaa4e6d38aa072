"""The network, distributions of ages, and the files of a model."""
