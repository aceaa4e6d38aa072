"""How Streamlit's own code in the browser finds the server, without asking for it first.

By itself it takes the address of a page for the app's, asks there whether the server is well, which
nobody answers, waits for a tenth of a second, asks at the address above, and only then opens the
connection that shows the page.
"""

import json

import streamlit as st
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

# What Streamlit's code reads from `__streamlit` is meant for companies that host apps. With a
# HOST_CONFIG it connects at once, and asks later. The connection needs the cookie that the first of
# those answers brings: without it, whoever has signed in would be taken for a stranger.
_SCRIPT = """
window.__streamlit = {BACKEND_BASE_URL: new URL("./", location.href).href};
if (document.cookie.includes("__COOKIE__=")) window.__streamlit.HOST_CONFIG = __CONFIG__;
"""


def connection_script() -> str:
    """Return a script, without its element, that comes before Streamlit's in a page's document."""
    config = {
        "allowedOrigins": st.get_option("client.allowedOrigins"),
        "useExternalAuthToken": False,
    }
    return (
        _SCRIPT.replace("__COOKIE__", XSRF_COOKIE_NAME)
        .replace("__CONFIG__", json.dumps(config).replace("<", "\\u003c"))
        .strip()
    )
