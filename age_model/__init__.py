"""Estimates ages from photos of faces: data, faces, network, training and prediction."""

import os
from pathlib import Path

__version__ = "1.0.0"  # as in pyproject.toml, for a checkout that is not installed

_PACKAGE = Path(__file__).parent
_PACKED = _PACKAGE / "assets"  # within an installed package; next to it in a checkout
_CHECKOUT = _PACKAGE.parent

# The shipped model, its evaluation, the example pictures and the translations.
ASSETS = _PACKED if _PACKED.is_dir() else _CHECKOUT / "assets"
# The folder of runs/ and data/: the checkout or, for an installed package, the working directory.
HOME = Path.cwd() if _PACKED.is_dir() else _CHECKOUT

# Torch's threads share the work of each layer, and by default who is done first spins until the
# others are: on a machine with other work that takes several times the processor's time. Read by
# OpenMP when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
