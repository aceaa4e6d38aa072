"""Pages are shown before torch is loaded, which takes seconds: no page imports it.

They are run one after the other, up to where they ask for the model: torch is not there yet.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record

ROOT = Path(__file__).parents[2]
PAGES = ["streamlit_app.py"]
PAGES += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "app_pages").glob("*/page.py"))
NEED_MODEL = {"streamlit_app.py"} | {  # it is loaded for the first visitor
    f"app_pages/{name}/page.py" for name in ("checkout", "photo", "webcam")
}
PARTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "app_pages").glob("*/[!_]*.py")
    if path.name != "page.py"
)
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
from app_pages.widgets import model

def need_model():
    print("the model is needed")
    assert "torch" not in sys.modules
    st.stop()

model.load_predictor = model.load_predictor_or_say_why = need_model
for page in sys.argv[1:]:
    print("page:", page)
    app = AppTest.from_file(page, default_timeout=300).run()
    assert not app.exception, (page, app.exception[0].value)
    assert app.title and "torch" not in sys.modules, page
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


def test_pages_are_drawn_without_torch(month: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, month)
    _, *printed = run(DRAWN, *PAGES).split("page: ")
    drawn = dict(each.split("\n", 1) for each in printed)
    assert list(drawn) == PAGES
    assert {page for page, said in drawn.items() if "the model is needed" in said} == NEED_MODEL
