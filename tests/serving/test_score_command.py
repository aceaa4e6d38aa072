"""The commands: many photos into Parquet, and from there into the record."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import Engine, select

from age_model.cli import score as score_command
from age_model.cli.main import main
from age_model.model.saved_model import load_model
from age_model.model.version import CARD_FILE
from age_model.serving import local_engine, ray_engine
from age_model.serving.output import (
    OutputError,
    Run,
    begin,
    finish,
    part_files,
    read_rows,
    write_part,
)
from age_model.serving.rows import Row, failed_row
from age_model.serving.scorer import ScorerSettings
from age_model.serving.sources import find_places
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.schema import VISITS, unpack_distributions
from tests.serving.test_scorer import hostile_photos
from tests.support.cheap_scorer import VERSION, places
from tests.support.rows import assert_same_rows

TIMES = ("2026-06-01_12-00-00_till1.jpg", "2026-06-01_12-05-00_till2.jpg")


@pytest.fixture
def photos(tmp_path: Path, examples: Path) -> Path:
    folder = tmp_path / "photos"
    hostile_photos(folder)
    for path in sorted(examples.glob("*.jpg"))[-3:]:
        # A batch moves landmarks by 0.00003 px, which rounds some pixels of a sharp face anew.
        Image.open(path).filter(ImageFilter.GaussianBlur(2)).save(folder / path.name, quality=95)
    return folder


def in_this_process(
    run: Run, sources: list[str], out: Path, device: str, workers: int | None, model_dir: Path
) -> list[int]:
    """Score without starting processes; one part a photo."""
    rows = list(ScorerSettings(model_dir, device).load().rows(find_places(sources)))
    for number, row in enumerate(rows):
        write_part([row], out / "parts" / f"part-{number:06}.parquet")
    return [len(rows)]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_command, "_scored", in_this_process)


def rows_of(out: Path) -> dict[str, Row]:
    return {row["id"]: row for row in read_rows(out)}


def test_one_and_four_processes_agree(
    photos: Path,
    tmp_path: Path,
    model_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outs = tmp_path / "one", tmp_path / "four"
    for out, workers, part in zip(outs, ("1", "4"), (8, 2), strict=True):
        monkeypatch.setattr(local_engine, "FIRST_PART", part)
        monkeypatch.setattr(local_engine, "LARGEST_PART", part)
        arguments = ["score", str(photos), "--out", str(out), "--device", "cpu"]
        assert main([*arguments, "--workers", workers, "--model", str(model_dir)]) == 0
        said = capsys.readouterr()
        assert "Photos: 7; with faces: 3 (6 faces)" in said.out
        assert "Without a face: 0; unreadable: 4" in said.out
        assert "7photo" in said.err
    one, four = map(rows_of, outs)
    assert_same_rows(one, four)
    assert len(part_files(outs[1])) == 4 > len(part_files(outs[0]))


@pytest.mark.usefixtures("here")
def test_the_manifest_says_what_is_in_the_parts(
    photos: Path, tmp_path: Path, model_dir: Path
) -> None:
    out = tmp_path / "out"
    assert main(["score", str(photos), "--out", str(out), "--model", str(model_dir)]) == 0
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["complete"] is True
    assert manifest["model_version"] == load_model(model_dir).version
    assert (manifest["engine"], manifest["sources"]) == ("local", [str(photos)])
    counts = [manifest[name] for name in ("photos", "with_faces", "without_face", "unreadable")]
    assert counts == [7, 3, 0, 4] and manifest["faces"] == 6
    assert sum(manifest["parts"].values()) == 7
    table = pd.read_parquet(out / "parts")  # as others read it
    assert len(table) == 7
    assert sum(len(faces) for faces in table["faces"]) == 6


@pytest.mark.usefixtures("here")
def test_status_is_1_without_a_photo(
    tmp_path: Path, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(model_dir)]
    (tmp_path / "empty").mkdir()
    command = ["score", str(tmp_path / "empty"), "--out", str(tmp_path / "a"), *model]
    assert main(command) == 1
    assert "no photos in the sources" in capsys.readouterr().err
    command = ["score", str(tmp_path / "missing.jpg"), "--out", str(tmp_path / "b"), *model]
    assert main(command) == 1
    assert "unreadable: 1" in capsys.readouterr().out


def test_results_of_different_models_and_engines_stay_apart(tmp_path: Path) -> None:
    out = tmp_path / "out"
    begin(out, Run("local", "resnet18 a"), [])
    write_part([failed_row("a", "none", "resnet18 a")], out / "parts" / "part-000001.parquet")
    begin(out, Run("local", "resnet18 a"), [])
    for other in (Run("local", "resnet18 b"), Run("ray", "resnet18 a")):
        with pytest.raises(
            OutputError, match="has results of --engine local with model resnet18 a"
        ):
            begin(out, other, [])
    (out / "manifest.json").write_text("[]")
    with pytest.raises(OutputError, match="damaged: choose another folder"):
        begin(out, Run("local", "resnet18 a"), [])
    with pytest.raises(OutputError, match="has other files"):
        begin(tmp_path, Run("local", "resnet18 a"), [])


def spoil_card(folder: Path) -> None:
    (folder / CARD_FILE).write_text("{}")


@pytest.mark.parametrize("spoil", [shutil.rmtree, spoil_card])
def test_a_bad_model_is_one_sentence(
    spoil: Callable[[Path], None],
    tmp_path: Path,
    model_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = shutil.copytree(model_dir, tmp_path / "model")
    spoil(copy)
    command = ["score", str(tmp_path), "--out", str(tmp_path / "out"), "--model", str(copy)]
    assert main(command) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_bad_source_is_one_sentence(
    tmp_path: Path, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text("name\na.jpg\n")
    command = ["score", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out")]
    assert main([*command, "--model", str(model_dir), "--device", "cpu"]) == 1
    assert "has no column “path”" in capsys.readouterr().err


def test_ray_that_is_not_installed_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    scoring = ray_engine.score_on_ray(places(1), tmp_path, ScorerSettings(tmp_path), "cpu", 1)
    with pytest.raises(OutputError, match="pip install 'age-model"):
        next(scoring)


@pytest.mark.parametrize(("address", "said"), [("", "may be too busy"), ("10.0.0.1:6379", "does")])
def test_ray_that_does_not_start_is_one_sentence_and_the_folder_stays_free(
    address: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def init(**settings: object) -> None:
        raise Exception("The current node timed out during startup.")

    ray = SimpleNamespace(is_initialized=lambda: False, init=init)
    checkpoint = SimpleNamespace(CheckpointConfig=None)
    modules = {"ray": ray, "ray.data": SimpleNamespace(DataContext=None)}
    for name, module in (modules | {"ray.data.checkpoint": checkpoint}).items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("RAY_ADDRESS", address)
    out = tmp_path / "out"
    begin(out, Run("ray", "a model"), ["made up"])
    with pytest.raises(OutputError, match=said):
        list(ray_engine.score_on_ray(places(1), out, ScorerSettings(tmp_path), "cpu", 1))
    begin(out, Run("local", "a model"), ["made up"])


@pytest.fixture
def camera(tmp_path: Path, examples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Photos of a checkout camera: two buyers, one without a face, one without a time."""
    folder = tmp_path / "camera"
    folder.mkdir()
    shutil.copy(examples / "group.jpg", folder / TIMES[0])
    shutil.copy(sorted(examples.glob("ages-*.jpg"))[3], folder / TIMES[1])
    (folder / "2026-06-01_12-10-00_till1.jpg").write_bytes(b"no photo")
    shutil.copy(examples / "group.jpg", folder / "holiday.jpg")
    return folder


def visits(url: str) -> list[dict[str, Any]]:
    engine: Engine = open_record(url)
    columns = [column for column in VISITS.columns if column.name not in ("id", "receipt_id")]
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(VISITS.c.time)).mappings().all()
    return [dict(row) for row in rows]


def distribution(visit: dict[str, Any]) -> np.ndarray:
    return unpack_distributions([visit["distribution"]])[0]


@pytest.mark.usefixtures("here")
def test_scored_photos_become_the_visits_that_score_folder_makes(
    camera: Path,
    tmp_path: Path,
    model_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, model = tmp_path / "out", ["--model", str(model_dir)]
    urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("scored", "folder")]
    assert main(["score", str(camera), "--out", str(out), *model]) == 0
    capsys.readouterr()
    commands = [["record", str(out)], ["score-folder", str(camera), *model]]
    said = []
    for url, command in zip(urls, commands, strict=True):
        monkeypatch.setenv(URL_VARIABLE, url)
        assert main([*command, "--store", "North"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "New visits: 2;" in said[0] and "left out: 2" in said[0]
    recorded, direct = map(visits, urls)
    assert [visit["time"] for visit in recorded] == [
        datetime(2026, 6, 1, 12), datetime(2026, 6, 1, 12, 5),
    ]  # fmt: skip
    for one, other in zip(recorded, direct, strict=True):
        assert distribution(one) == pytest.approx(distribution(other), abs=1e-3)
        numbers = {name for name, value in one.items() if isinstance(value, float)}
        ages = {"age", "age_low", "age_high", "p_under_18", "p_under_25"}
        assert ages | {"sharpness", "light"} == numbers
        for name in one.keys() - {"distribution"}:
            close = pytest.approx(other[name], abs=0.01) if name in numbers else other[name]
            assert one[name] == close, name
    assert main(["record", str(out), "--store", "North"]) == 0
    assert "New visits: 0;" in capsys.readouterr().out


def test_recording_a_folder_without_results_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL_VARIABLE, f"sqlite:///{tmp_path / 'store.sqlite'}")
    assert main(["record", str(tmp_path), "--store", "North"]) == 1
    assert "has no results: name a folder that “score” wrote" in capsys.readouterr().err


def test_totals_of_an_empty_run(tmp_path: Path) -> None:
    begin(tmp_path / "out", Run("local", VERSION), [])
    totals = finish(tmp_path / "out", Run("local", VERSION), [])
    assert totals.photos == totals.faces == 0
