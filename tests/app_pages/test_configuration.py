"""What .streamlit/config.toml sets so that visitors are safe."""

import tomllib
from typing import Any

import pytest
from streamlit import config

from tests.support.app import ROOT

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
