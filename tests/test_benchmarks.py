"""Every benchmark is tried out on as little as it can measure: none stops working unseen."""

import shutil
from pathlib import Path

import pytest
import torch

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.report import NAMES, Block, as_table, photos_in, run, write
from tests.support import serving
from tests.support.serving import TESTED_BROWSERS

FOLDER = Path(report.__file__).parent
BROWSED = ("page_time", "batch_memory", "store_pages_time")
ROWS = [{"what": "one face", "n": "60"}, {"what": "two faces", "n": "60"}]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wait for each other would keep the other tests from their cores."""
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(BROWSED)))
def test_benchmarks_run_in_miniature(name: str) -> None:
    check(run(name, photos_in([]), miniature=True))


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, TESTED_BROWSERS)), reason="there is no browser")
@pytest.mark.parametrize("name", BROWSED)
def test_benchmarks_with_a_browser_run_in_miniature(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "BROWSERS", TESTED_BROWSERS)
    check(run(name, photos_in([]), miniature=True))


def check(block: Block) -> None:
    table = as_table(block.rows)
    assert "nan" not in table
    assert all(row.keys() == block.rows[0].keys() for row in block.rows)
    assert all(value for row in block.rows for value in row.values())
    assert block.question.endswith("?")


def test_every_benchmark_is_known_to_the_command() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py") if "def rows(" in path.read_text("utf-8")}
    assert modules == set(NAMES)


def test_a_block_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "measure.md"
    for name in ("store_time", "answer_time"):
        write(Block(name, f"{name}?", "on a machine.", ROWS), page)
    before = page.read_text("utf-8")
    assert before.startswith(report.PREAMBLE)
    assert before.index("answer_time?") < before.index("store_time?")
    write(Block("store_time", "store_time?", "on another machine.", ROWS[:1]), page)
    assert page.read_text("utf-8") == before.replace(
        "store_time?\n\non a machine.", "store_time?\n\non another machine."
    ).replace("| two faces | 60 |\n<!-- end of store_time", "<!-- end of store_time")


def test_what_precedes_the_blocks_stays(tmp_path: Path) -> None:
    page = tmp_path / "measure.md"
    page.write_text("# Measuring\n\nHow to measure.\n", encoding="utf-8")
    for where in ("a machine", "another machine"):
        write(Block("store_time", "store_time?", f"on {where}.", ROWS), page)
    text = page.read_text("utf-8")
    assert text.startswith("# Measuring\n\nHow to measure.\n\n<!-- store_time -->\n")
    assert text.count("How to measure.") == text.count("store_time?") == 1


def test_tables_have_the_same_columns_in_every_row() -> None:
    assert as_table(ROWS) == "| what | n |\n| --- | --- |\n| one face | 60 |\n| two faces | 60 |\n"
    for rows in ([], [{"what": "one face"}, {"n": "60"}]):
        with pytest.raises(ValueError, match="same columns"):
            as_table(rows)


def test_the_command_writes_what_it_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def record(name: str, photos: list[Path], miniature: bool) -> Block:
        found.append((name, len(photos), miniature))
        return Block(name, "How long?", "on a machine.", ROWS)

    monkeypatch.setattr("benchmarks.__main__.run", record)
    page = tmp_path / "measure.md"
    main(["face_time", "--miniature", "--page", str(page)])
    assert found == [("face_time", 9, True)]
    assert "| one face | 60 |" in page.read_text("utf-8")
    with pytest.raises(SystemExit):
        main(["no_such", "--page", str(page)])


def test_the_page_has_marks_for_known_benchmarks_only() -> None:
    text = report.PAGE.read_text("utf-8")
    assert {name for name, _ in report._BLOCK.findall(text)} <= set(NAMES)
    assert text.count("<!-- end of ") == len(report._BLOCK.findall(text))
