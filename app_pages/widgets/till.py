"""How a paired device's address tells that it is one."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from age_model.access.start import is_loopback
from app_pages.widgets.doors import TILL

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.tills.pairing import PairedTill

TOKEN = "pairing"  # in the page's address: the device's token; empty to enter a code
COOKIE = "age_till"  # holds the token too, for requests that do not have the page's address

_known: dict[str, "PairedTill"] = {}  # by token: those found since the server was started


def till_address() -> str:
    """Return the address that a device to be paired opens."""
    here = urlsplit(st.context.url or "")
    base = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return base + till_path()


def till_path() -> str:
    """Return what follows the app's own address in that of a device to be paired."""
    return f"/{TILL.address}?{TOKEN}"


def reached_here_only() -> bool:
    """Return whether the address of the app, as this browser has it, is of its own computer."""
    return is_loopback(urlsplit(st.context.url or "").hostname)


def find_known_till(engine: "Engine", token: str) -> "PairedTill | None":
    """Return the till whose token a device shows, as `find_till`, and remember it.

    Raises:
        RecordError: the record cannot be read; see `remembered_till`.
    """
    from age_model.store.tills.pairing import find_till

    till = find_till(engine, token)
    if till is None:
        _known.pop(token, None)
    else:
        _known[token] = till
    return till


def remembered_till(token: str) -> "PairedTill | None":
    """Return the till that a token was found to be before the record could not be read."""
    return _known.get(token)


def cookie_script() -> str:
    """Return the script that keeps the token of a paired device in a cookie; else an empty one."""
    token = st.query_params.get(TOKEN, "")
    if not re.fullmatch(r"[\w.-]{1,300}", token, re.ASCII):
        return ""
    return (
        f"document.cookie = '{COOKIE}={token}; path=/; SameSite=Strict'"
        " + (location.protocol === 'https:' ? '; Secure' : '');"
    )
