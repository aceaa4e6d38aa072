"""Apparent-age estimation from photos of faces: data, faces, network, training and prediction."""

from pathlib import Path

__version__ = "1.0.0"  # the same as in pyproject.toml; a checkout need not be installed to know it

_PACKAGE = Path(__file__).parent
_PACKED = _PACKAGE / "assets"  # an installed package holds them; in a checkout they lie beside it
_CHECKOUT = _PACKAGE.parent

# The shipped model, what was measured of it, the example pictures and the translations.
ASSETS = _PACKED if _PACKED.is_dir() else _CHECKOUT / "assets"
# The folder of runs/ and data/: the checkout or, of an installed package, where the program runs.
HOME = Path.cwd() if _PACKED.is_dir() else _CHECKOUT
