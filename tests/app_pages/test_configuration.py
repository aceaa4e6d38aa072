"""What .streamlit/config.toml sets so that visitors are safe."""

import re
import tomllib
from typing import Any

import pytest
from streamlit import config

from app_pages.streamlit_fixes import document
from tests.support.app import ROOT
from tests.support.contrast import contrast

SAFE: dict[str, Any] = {
    "client.disableDataExport": True,
    "server.disconnectedSessionTTL": 30,
    "server.address": "127.0.0.1",
}


@pytest.mark.parametrize("option", SAFE)
def test_what_keeps_visitors_safe_is_set_and_known_to_streamlit(option: str) -> None:
    section, name = option.split(".")
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings[section][name] == SAFE[option]
    assert option in config.get_config_options()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_on_a_filled_button_can_be_read(theme: str) -> None:
    colours = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    words = {"light": "#ffffff", "dark": colours["dark"]["backgroundColor"]}
    (rule,) = re.findall(r"color: light-dark\((\w+), (#\w+)\)", document._PRIMARY)
    assert rule == ("white", words["dark"])
    pair = (colours[theme]["primaryColor"], words[theme])
    assert contrast(*(bytes.fromhex(colour[1:]) for colour in pair)) >= 4.5  # AA
