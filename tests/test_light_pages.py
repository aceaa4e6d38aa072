"""Pages are drawn before torch, which takes seconds to load: no page imports it.

Each page is run in a process of its own, up to where it asks for the model: torch is not there yet.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from age_model.store.demo import demo_month
from age_model.store.demo_record import add_month
from age_model.store.record import URL_VARIABLE, open_record

ROOT = Path(__file__).parents[1]
PAGES = ["streamlit_app.py"]
PAGES += sorted(f"app_pages/{path.name}" for path in (ROOT / "app_pages").glob("[!_]*.py"))
NEED_MODEL = {"checkout", "photo", "streamlit_app", "webcam"}  # it is loaded for the first visitor
PARTS = sorted(f"app_pages.{path.stem}" for path in (ROOT / "app_pages").glob("_[!_]*.py"))
IMPORTED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert "torch" not in sys.modules, name
"""
DRAWN = """
import sys
import streamlit as st
from streamlit.testing.v1 import AppTest
from app_pages import _faces

def need_model():
    print("the model is needed")
    assert "torch" not in sys.modules
    st.stop()

_faces.load_predictor = _faces.load_predictor_or_say_why = need_model
app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
assert not app.exception, app.exception[0].value
assert app.title and "torch" not in sys.modules
"""


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a record with a few visits."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    engine = open_record(url)
    add_month(engine, demo_month(0, 1000)[0])
    engine.dispose()
    return url


def test_the_parts_of_pages_are_imported_without_torch() -> None:
    run(IMPORTED, *PARTS)


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_drawn_without_torch(
    page: str, month: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, month)
    printed = run(DRAWN, page)
    assert ("the model is needed" in printed) == (Path(page).stem in NEED_MODEL)
