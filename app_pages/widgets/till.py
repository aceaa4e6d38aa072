"""How a paired device's address tells that it is one."""

from urllib.parse import urlsplit

import streamlit as st

from app_pages.widgets.doors import TILL

TOKEN = "pairing"  # in the page's address: the device's token; empty to enter a code


def till_address() -> str:
    """Return the address that a device to be paired opens."""
    here = urlsplit(st.context.url or "")
    base = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return f"{base}/{TILL.address}?{TOKEN}"
