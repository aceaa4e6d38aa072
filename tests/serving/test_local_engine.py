"""The local engine: every photo once, whatever process is ended, and when."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from age_model.serving import local_engine, output
from age_model.serving.local_engine import ENDED, Settings, score_here
from age_model.serving.output import Run, begin, part_files, read_rows, write_part
from age_model.serving.rows import Row, failed_row
from age_model.serving.sources import Place
from tests.support.cheap_scorer import VERSION, CheapSettings, EndedOnce, places

ROOT = Path(__file__).parents[2]
RUN = Run("local", VERSION)
DRIVER = """
import sys
from pathlib import Path
from age_model.serving.local_engine import score_here
from tests.support.cheap_scorer import CheapSettings, places
if __name__ == "__main__":
    out = Path(sys.argv[1])
    settings = CheapSettings(out / "log", stop_at="photo 0100")
    list(score_here(places(150), out, settings, 2, "cheap 1"))
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    begin(folder, RUN, ["made up"])
    return folder


def score(out: Path, photos: list[Place], settings: Settings, workers: int = 2) -> list[int]:
    return list(score_here(photos, out, settings, workers, VERSION))


def rows_by_id(out: Path) -> dict[str, Row]:
    rows = list(read_rows(out))
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "a photo has two rows"
    return found


def test_every_photo_has_one_row_and_a_second_run_scores_what_is_new(
    out: Path, tmp_path: Path
) -> None:
    settings = CheapSettings(tmp_path / "log")
    done = score(out, places(60), settings, workers=1)
    assert done == [16, 32, 12]  # small parts first
    assert list(rows_by_id(out)) == [place.id for place in places(60)]
    before = {part.name: part.read_bytes() for part in part_files(out)}
    assert score(out, places(70), settings, workers=1) == [60, 10]
    assert set(rows_by_id(out)) == {place.id for place in places(70)}
    assert (tmp_path / "log").read_text("utf-8").count("\n") == 70
    assert all((out / "parts" / name).read_bytes() == part for name, part in before.items())


def test_a_worker_that_is_killed_loses_nothing(out: Path, tmp_path: Path) -> None:
    kill = tmp_path / "kill"
    kill.touch()
    settings = EndedOnce(CheapSettings(tmp_path / "log"), kill, last="photo 0007")
    assert sum(score(out, places(100), settings)) == 100
    assert not kill.exists()
    assert set(rows_by_id(out)) == {place.id for place in places(100)}


def test_a_photo_that_always_ends_its_process_gets_that_as_its_reason(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_engine, "FIRST_PART", 4)
    monkeypatch.setattr(local_engine, "LARGEST_PART", 4)
    settings = CheapSettings(tmp_path / "log", poison="photo 0005")
    assert sum(score(out, places(12), settings)) == 12
    rows = rows_by_id(out)
    assert len(rows) == 12
    assert rows["photo 0005"]["problem"] == ENDED
    assert {row["problem"] for name, row in rows.items() if name != "photo 0005"} == {
        "not looked at"
    }


def test_a_driver_that_is_killed_goes_on_where_it_stopped(out: Path) -> None:
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, out], cwd=ROOT, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 300
    while not part_files(out):
        assert time.monotonic() < deadline and driver.poll() is None
        time.sleep(0.02)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()  # until its workers, which have the same output, ended by themselves too
    before = (out / "log").read_text("utf-8").count("\n")
    finished = len(rows_by_id(out))
    assert 0 < finished < 150
    begin(out, RUN, ["made up"])
    assert not list((out / "parts").glob(".*"))
    assert score(out, places(150), CheapSettings(out / "log"))[0] == finished
    assert set(rows_by_id(out)) == {place.id for place in places(150)}
    assert (out / "log").read_text("utf-8").count("\n") == before + 150 - finished


def test_few_photos_are_held_at_a_time(out: Path, tmp_path: Path) -> None:
    taken = 0

    def endless() -> Iterator[Place]:
        nonlocal taken
        for place in places(5000):
            taken += 1
            yield place

    scoring = score_here(endless(), out, CheapSettings(tmp_path / "log"), 1, VERSION)
    next(scoring)
    assert taken <= 16 + 32 + 64
    del scoring  # ends its processes


def test_a_part_is_there_as_a_whole_or_not_at_all(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(output.os, "fsync", fails)
    with pytest.raises(OSError, match="full"):
        write_part([failed_row("a", "none", VERSION)], out / "parts" / "part-000001.parquet")
    assert part_files(out) == []
    monkeypatch.undo()
    begin(out, RUN, ["made up"])
    assert not list((out / "parts").iterdir())
