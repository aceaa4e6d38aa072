"""What the folder of a training run tells, from its start to its end, damaged or not."""

import json
from pathlib import Path

import pytest

from age_model.training.config import TrainingConfig
from age_model.training.runs import (
    FIRST_EPOCH,
    LOG_COLUMNS,
    RunState,
    read_training_run,
    training_runs,
)
from tests.support.synthetic import synthetic_face_set
from tests.support.training import FAST, trainer
from tests.support.training_runs import finish, write_run

NOW = 2_000_000_000.0


def test_a_run_without_an_epoch_runs_until_it_has_been_silent_for_long(tmp_path: Path) -> None:
    run = read_training_run(write_run(tmp_path / "new", [], NOW))
    assert (run.epochs, run.best, run.photos, len(run.log)) == (14, None, "photos", 0)
    assert run.seconds_left(NOW) is None
    assert run.state(NOW + FIRST_EPOCH - 1) == RunState.RUNNING
    assert run.state(NOW + FIRST_EPOCH + 1) == RunState.STOPPED


def test_a_run_tells_how_far_it_is(tmp_path: Path) -> None:
    run = read_training_run(write_run(tmp_path / "some", [6.0, 4.5, 5.0], NOW))
    assert run.best is not None
    assert (run.best["epoch"], run.best["valid_mae"]) == (2, 4.5)
    assert run.epoch_seconds == 100
    assert run.seconds_left(NOW + 40) == 11 * 100 - 40
    assert run.state(NOW + 350) == RunState.RUNNING
    assert run.state(NOW + 370) == RunState.STOPPED


def test_a_finished_run_stays_finished(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "done", [5.0], NOW)
    finish(folder)
    assert read_training_run(folder).state(NOW + 1e6) == RunState.FINISHED


@pytest.mark.parametrize(
    ("file", "text", "epochs"),
    [
        ("log.csv", "", 0),
        ("log.csv", "epoch,train_loss\n1,2\n", 0),
        ("log.csv", f"{','.join(LOG_COLUMNS)}\n1,2,3,4,5,6\n2,3", 1),
        ("run.json", "{", None),
        ("run.json", '{"config": {}, "source": {}}', None),
        ("run.json", "[]", None),
    ],
)
def test_half_written_and_damaged_files(
    file: str, text: str, epochs: int | None, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "broken", [5.0], NOW)
    (folder / file).write_text(text, encoding="utf-8")
    assert [len(run.log) for run in training_runs(tmp_path)] == ([] if epochs is None else [epochs])


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    for name, age in (("old", 50.0), ("new", 0.0)):
        write_run(tmp_path / name, [], NOW - age)
    (tmp_path / "no run").mkdir()
    assert [run.folder.name for run in training_runs(tmp_path)] == ["new", "old"]
    assert training_runs(tmp_path / "nowhere") == []


def test_what_training_writes_is_what_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    run = trainer(
        synthetic_face_set(16, 8, 4), folder, TrainingConfig(**{**vars(FAST), "epochs": 1})
    )
    run.run()
    source = {"data_dir": "", "prepared": "faces"}
    (folder / "run.json").write_text(json.dumps({"config": vars(FAST), "source": source}))
    read = read_training_run(folder)
    assert read.log.to_dict("records") == [pytest.approx(epoch) for epoch in run.history]
    assert read.photos == "faces"
    assert read.changed == max((folder / name).stat().st_mtime for name in ("run.json", "log.csv"))
