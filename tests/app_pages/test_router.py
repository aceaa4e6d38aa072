import tomllib
from typing import Literal

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from age_model.vision.zip_files import MAX_ARCHIVE_BYTES
from benchmarks.page_time import CONTENT
from tests.support.app import (
    ROOT,
    open_page,
)
from tests.support.browser import PAGES


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address of each page in the menu."""
    addresses: list[str] = []
    navigate = st.navigation

    def record(pages: dict[str, list[StreamlitPage]], position: Literal["top"]) -> StreamlitPage:
        addresses.extend(page.url_path for group in pages.values() for page in group)
        return navigate(pages, position=position)

    monkeypatch.setattr(st, "navigation", record)
    open_page("photo")
    return addresses


def test_the_page_keeps_its_address_and_is_not_taken_for_a_test_file(addresses: list[str]) -> None:
    assert "test_errors" in addresses
    assert not list((ROOT / "app_pages").rglob("test_*.py"))


def test_browser_tests_pictures_and_measured_times_know_every_page(addresses: list[str]) -> None:
    assert set(addresses) == set(PAGES) == set(CONTENT)


def test_settings_fit_the_code() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == MAX_ARCHIVE_BYTES
    assert config["browser"]["gatherUsageStats"] is False
    assert "headless" not in config["server"]
    for theme in ("light", "dark"):
        for palette in ("chartCategoricalColors", "chartSequentialColors"):
            assert len(config["theme"][theme][palette]) == 10  # fewer are silently ignored
