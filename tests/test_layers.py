"""The rooms, and what each may import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.draw_imports import PAGE, drawing, imports_among_rooms, not_implied, redrawn

ROOT = Path(__file__).parents[1]
TRANSLATES = ("cli", "i18n", "reports", "store")  # the rooms that show texts
SAYS_WORDS = {"tr", "trn"}
# What pages and their tests take names from, before a model is needed.
LIGHT = (
    "age_model.ages",
    "age_model.data.labels",
    "age_model.evaluation.age_gate",
    "age_model.evaluation.label_errors",
    "age_model.evaluation.metrics",
    "age_model.evaluation.selection",
    "age_model.predict.id_rule",
    "age_model.reports.data_set",
    "age_model.reports.model_card",
    "age_model.store.analysis.purchases",
    "age_model.store.imports.rows",
    "age_model.store.record.read",
)
IMPORTED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert "torch" not in sys.modules, name
"""


def test_no_room_imports_one_above_it() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def translated_below() -> Iterator[str]:
    """Yield the files that translate in rooms that show no texts."""
    for path in sorted((ROOT / "age_model").glob("*/**/*.py")):
        place = path.relative_to(ROOT / "age_model")
        if place.parts[0] in TRANSLATES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and SAYS_WORDS & {name.name for name in node.names}:
                yield f"{place}: line {node.lineno}"


def test_words_are_only_marked_where_nobody_reads() -> None:
    assert list(translated_below()) == []


def test_names_are_had_without_torch() -> None:
    run = [sys.executable, "-c", IMPORTED, *LIGHT]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_what_every_room_needs_lies_outside_of_rooms() -> None:
    outside = {path.stem for path in (ROOT / "age_model").glob("*.py")}
    assert outside <= {"__init__", "__main__", "ages", "release"}


def test_the_picture_of_the_imports_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    picture = drawing(not_implied(imports_among_rooms()))
    assert redrawn(page, picture) == page, "draw it anew: python -m tools.draw_imports"


def test_a_picture_leaves_out_what_longer_ways_imply() -> None:
    pairs = {("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("b", "d"), ("e", "d")}
    assert not_implied(pairs) == {("a", "b"), ("b", "c"), ("c", "d"), ("e", "d")}


def test_a_page_without_a_place_for_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        redrawn("no marks", "picture")
