"""What the store's pages keep of what they read, for all visitors, until the record changes."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

KEPT_FOR = "5m"  # after this, new visits are read
KEPT_CHOICES = 8

F = TypeVar("F", bound=Callable[..., Any])

# How to clear each reading, by where it stands: a page's script makes its functions at each run.
_clearing: dict[tuple[str, str], Callable[[], None]] = {}


def kept(read: F) -> F:
    """Keep what a function reads, by its arguments, until `forget_kept` or for `KEPT_FOR`."""
    keeping = st.cache_resource(ttl=KEPT_FOR, max_entries=KEPT_CHOICES, show_spinner=False)(read)
    _clearing[read.__code__.co_filename, read.__qualname__] = keeping.clear
    return keeping  # type: ignore[return-value]


def forget_kept() -> None:
    """Have everything read anew that any page of the store keeps."""
    for clear in _clearing.values():
        clear()
