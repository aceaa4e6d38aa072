import tomllib
from typing import Literal

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from age_model.vision.zip_files import MAX_ARCHIVE_BYTES
from tests.support.app import (
    ROOT,
    open_page,
)


def test_the_page_keeps_its_address_and_is_not_taken_for_a_test_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses: list[str] = []
    navigate = st.navigation

    def record(pages: dict[str, list[StreamlitPage]], position: Literal["top"]) -> StreamlitPage:
        addresses.extend(page.url_path for group in pages.values() for page in group)
        return navigate(pages, position=position)

    monkeypatch.setattr(st, "navigation", record)
    open_page("photo")
    assert "test_errors" in addresses
    assert not list((ROOT / "app_pages").rglob("test_*.py"))


def test_settings_fit_the_code() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == MAX_ARCHIVE_BYTES
    assert config["browser"]["gatherUsageStats"] is False
    assert "headless" not in config["server"]
    for theme in ("light", "dark"):
        for palette in ("chartCategoricalColors", "chartSequentialColors"):
            assert len(config["theme"][theme][palette]) == 10  # fewer are silently ignored
