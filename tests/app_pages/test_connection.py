"""How Streamlit's own code finds the server."""

import json
import re

import streamlit as st
from streamlit.web.server.starlette import starlette_routes
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from app_pages.streamlit_fixes.connection import connection_script
from app_pages.streamlit_fixes.page_scripts import FOLDER, document
from app_pages.widgets.doors import ENTRIES


def test_every_document_tells_before_streamlit_starts() -> None:
    for entry in ENTRIES:
        text = document(entry.address)
        assert text.count(connection_script()) == 1
        assert text.index("charset") < text.index(connection_script())
        assert text.index(connection_script()) < text.index('<script type="module"')


def test_who_has_no_cookie_yet_asks_first() -> None:
    script = connection_script()
    (config,) = re.findall(r'if \(document\.cookie\.includes\("(.+)="\)\) .+ = (\{.+\});', script)
    assert config[0] == XSRF_COOKIE_NAME
    told = json.loads(config[1])
    assert told.pop("useExternalAuthToken") is False
    assert told == {"allowedOrigins": st.get_option("client.allowedOrigins")} != {}
    assert script.count("HOST_CONFIG") == 1


def test_streamlit_still_reads_and_sets_what_this_relies_on() -> None:
    (main,) = re.findall(r'src="\./static/(js/index\.\S+\.js)"', document(""))
    code = (FOLDER / main).read_text(encoding="utf-8")
    assert "window.__streamlit" in code and "enableBypass" in code
    assert f"`{XSRF_COOKIE_NAME}`" in code
    assert callable(starlette_routes._ensure_xsrf_cookie)
