"""What the server loads before its first visitor comes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "app_pages").glob("*/[!_]*.py")
    if path.name != "page.py"
]
LOADED = """
import sys
import serve
import streamlit as st
assert isinstance(serve.app, st.App)
assert str(serve.app.script_path).endswith("streamlit_app.py")
wanted = {"pandas", "plotly.graph_objects", "streamlit.emojis", *sys.argv[1:]}
assert not wanted - sys.modules.keys(), wanted - sys.modules.keys()
pages = [name for name in sys.modules if name.startswith("app_pages.") and name.endswith(".page")]
assert not pages and "torch" not in sys.modules
"""


def test_all_parts_of_pages_are_loaded_and_neither_a_page_nor_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_app_is_served_as_the_documentation_has_it() -> None:
    for page in ("Makefile", "docs/store.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert "streamlit run serve.py" in text and "streamlit run streamlit_app.py" not in text
