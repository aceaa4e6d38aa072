"""Apparent-age estimation from photos of faces: data, faces, network, training and prediction."""

__version__ = "1.0.0"  # the same as in pyproject.toml; a checkout need not be installed to know it
