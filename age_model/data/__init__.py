"""Labelled photos: reading, checking, splitting, and the aligned faces made of them."""

from pathlib import Path

DEFAULT_CACHE_DIR = Path(".cache/prepared")  # of aligned faces
