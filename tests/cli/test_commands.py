"""The commands, as a user runs them (subprocesses) and, where faces are needed, in this process."""

import csv
import gc
import io
import json
import os
import shutil
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from age_model.cli import main as cli
from age_model.data import face_cache
from age_model.data.labels import read_labels
from age_model.data.splits import labels_fingerprint
from age_model.evaluation.report import metrics_report
from age_model.model.json_files import write_json
from age_model.model.saved_model import load_model
from age_model.predict.predictor import Predictor, ReadPhoto
from age_model.predict.results import CANNOT_TELL, RESULT_COLUMNS, PhotoResult
from age_model.reports.console import format_robustness
from age_model.reports.data_set import read_predictions, read_tables
from age_model.serving import scorer
from age_model.vision.faces import DetectedFace
from tests.support.synthetic import ages_of, face, use_tiny_network

ROOT = Path(__file__).parents[2]


class OneFace:
    """Finds a face in the middle of each photo that is at least 100 px wide."""

    cache_key = "one face"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: Image.Image) -> list[DetectedFace]:
        if photo.width < 100:
            return []
        landmarks = np.array([[40, 40], [60, 40], [50, 50], [42, 60], [58, 60]], float)
        return [DetectedFace((25.0, 20.0, 75.04, 80.0), landmarks, 0.98765)]


@pytest.fixture
def one_face(model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor(load_model(model_dir), OneFace())
    monkeypatch.setattr(Predictor, "load", lambda _: predictor)


def make_photo(path: Path, width: int = 120) -> Path:
    """Save a checked picture; a plain one would count as blurred."""
    path.parent.mkdir(parents=True, exist_ok=True)
    squares = np.indices((110, width)).sum(0) // 4 % 2 * 120 + 60
    Image.fromarray(squares.astype(np.uint8)).save(path)
    return path


def run(python: list[str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*python, "-m", "age_model", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # on a busy machine threads wait for each other
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_predict_as_a_user_runs_it(tmp_path: Path, examples: Path, model_dir: Path) -> None:
    photos, missing = tmp_path / "photos", tmp_path / "missing.jpg"
    make_photo(photos / "sub" / "grey.png")
    (photos / "broken.jpg").write_text("no picture")
    shutil.copy(examples / "group.jpg", photos)
    done = run(
        [sys.executable], "predict", photos, missing, "--format", "csv", "--model", model_dir
    )
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == ",".join(RESULT_COLUMNS)
    absent, broken, *group, grey = read_csv(done.stdout)
    assert absent["photo"] == str(missing) and "no such file" in absent["warnings"]
    assert broken["photo"] == str(photos / "broken.jpg") and "not a photo" in broken["warnings"]
    assert grey["photo"] == str(photos / "sub" / "grey.png") and "No face" in grey["warnings"]
    for row in (absent, broken, grey):
        assert {row[column] for column in RESULT_COLUMNS[1:-1]} == {""}
    assert [row["face"] for row in group] == ["1", "2", "3", "4"]
    assert "4/4" in done.stderr  # the progress bar
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = make_photo(tmp_path / "a.png")
    assert cli.main(["predict", str(photo), "--model", str(tmp_path / "nowhere")]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("age_model: There is no complete model in")
    assert len(shown.err.splitlines()) == 1


@pytest.mark.usefixtures("one_face")
def test_rows_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = make_photo(tmp_path / "a.png")
    assert cli.main(["predict", str(photo), "--format", "csv"]) == 0
    text = capsys.readouterr().out
    (row,) = read_csv(text)
    assert text.count("\n") == 2
    assert row["photo"] == str(photo)
    assert row["face"] == "1"  # a whole number even beside photos without a face
    assert (row["left"], row["right"], row["detection_score"]) == ("25.0", "75.0", "0.988")
    assert float(row["age_low"]) <= float(row["age"]) <= float(row["age_high"])
    assert 0 <= float(row["p_under_18"]) <= float(row["p_under_25"]) <= 1


@pytest.mark.usefixtures("one_face")
def test_names_in_the_csv_are_no_formulas_and_no_lines_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["=1+1.png", "a\rb.png"]
    for name in names:
        make_photo(Path(name))
    assert cli.main(["predict", *names, "--format", "csv"]) == 0
    read = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert [row["photo"] for row in read] == ["'=1+1.png", "a\rb.png"]


@pytest.mark.usefixtures("one_face")
def test_rows_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [make_photo(tmp_path / "a.png"), make_photo(tmp_path / "b.png", width=50)]
    assert cli.main(["predict", *map(str, photos), "--format", "json"]) == 0
    face, none = json.loads(capsys.readouterr().out)
    assert list(face) == list(none) == list(RESULT_COLUMNS)
    assert face["face"] == 1 and isinstance(face["age"], float)
    assert face["warnings"] == CANNOT_TELL  # the model was never trained
    assert none["face"] is None and none["age"] is None
    assert "No face" in none["warnings"]


@pytest.mark.usefixtures("one_face")
def test_rows_as_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [make_photo(tmp_path / "a.png"), make_photo(tmp_path / "longer.png", width=50)]
    assert cli.main(["predict", *map(str, photos)]) == 0
    header, face, none = capsys.readouterr().out.splitlines()
    assert header.split() == list(RESULT_COLUMNS)
    assert face.split()[:3] == [str(photos[0]), "1", "25.0"]
    assert "None" not in none
    end = header.index("  warnings") + 2
    assert none[end:].startswith("No face")
    assert face[end:] == CANNOT_TELL  # the model was never trained
    assert len(face[:end].split()) == len(RESULT_COLUMNS) - 1


@pytest.mark.usefixtures("one_face")
def test_status_is_1_only_if_no_photo_could_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, without_face = tmp_path / "broken.jpg", make_photo(tmp_path / "a.png", width=50)
    broken.write_text("no picture")
    assert cli.main(["predict", str(broken)]) == 1
    assert "not a photo" in capsys.readouterr().out
    assert cli.main(["predict", str(broken), str(without_face)]) == 0


def test_a_folder_without_photos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "age_model: no photos in the folders given\n"


@pytest.mark.usefixtures("one_face")
def test_names_that_are_no_text_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = b"caf\xe9.png"
    try:
        photo = make_photo(tmp_path / name.decode(errors="surrogateescape"))
    except OSError:
        pytest.skip("this file system has only names that are text")
    assert cli.main(["predict", str(photo.parent), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["photo"].endswith("caf\ufffd.png")


@pytest.mark.usefixtures("one_face")
def test_photos_do_not_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        make_photo(tmp_path / f"{number}.png")
    seen: list[weakref.ref[Image.Image]] = []
    alive: list[int] = []

    def examine(_: Predictor, photos: Sequence[ReadPhoto]) -> list[PhotoResult]:
        gc.collect()
        alive.append(sum(ref() is not None for ref in seen))
        seen.extend(weakref.ref(photo.image) for photo in photos if photo.image)
        return [PhotoResult(photo.name, photo.image, (), "none") for photo in photos]

    monkeypatch.setattr(scorer, "PHOTOS_AT_ONCE", 3)
    monkeypatch.setattr(Predictor, "examine", examine)
    assert cli.main(["predict", str(tmp_path)]) == 0
    assert len(seen) == 30 and max(alive) <= 3


def test_ctrl_c_ends_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Path) -> Predictor:
        raise KeyboardInterrupt

    monkeypatch.setattr(Predictor, "load", interrupt)
    assert cli.main(["predict", str(make_photo(tmp_path / "a.png"))]) == 130
    assert "stopped" in capsys.readouterr().err


def test_what_a_user_prepares_is_evaluated(
    tmp_path: Path,
    photo_folder: Path,
    model_dir: Path,
    quick_python: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    cache = tmp_path / "cache"
    done = run(
        quick_python, "prepare", "--data-dir", photo_folder, "--out", cache, "--face-size", "64",
        "--workers", "1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder,) = cache.iterdir()
    assert f"10 faces of 64 px are in {folder}" in done.stdout
    assert f"train.py --prepared {folder}" in done.stdout
    assert "unreadable file: 1" in done.stdout
    assert "Finding faces" in done.stderr

    out, metrics_file = tmp_path / "new" / "predictions.csv", tmp_path / "new" / "metrics.json"
    command = [
        "evaluate", "--data-dir", photo_folder, "--model", model_dir, "--cache-dir", cache,
        "--out", out, "--json", metrics_file,
    ]  # fmt: skip
    assert cli.main([str(part) for part in command]) == 0
    shown = capsys.readouterr()
    assert "Finding faces" not in shown.err  # they are taken from the cache
    predictions = pd.read_csv(out)
    assert list(predictions.columns) == [
        "file_name", "real_age", "split", "predicted_age", "age_low", "age_high",
        "age_low_80", "age_high_80", "p_under_18", "p_under_25", "p_label", "colour", "face_found",
        "face_size", "detection_score", "sharpness", "light", "clipped", "contrast", "twin_ages",
    ]  # fmt: skip
    assert predictions["file_name"].tolist() == ["plain.png", "7.jpg"]
    assert predictions["real_age"].tolist() == [50, 70]
    written = json.loads(metrics_file.read_text(encoding="utf-8"))
    assert written == metrics_report(predictions, load_model(model_dir).card, 1)
    assert written["split"] == "test"
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert "unreadable file: 1" in lines
    assert any(line.startswith(f"MAE {written['overall']['mae']:.2f} (") for line in lines)
    assert any(line.startswith("MAE, always 30 ") for line in lines)

    copy = shutil.copytree(model_dir, tmp_path / "model")
    command = ["calibrate", "--data-dir", photo_folder, "--model", copy, "--cache-dir", cache]
    assert cli.main([str(part) for part in command]) == 0
    said = capsys.readouterr().out
    assert f"Calibrated on 1 validation photos: {copy / 'model.json'}" in said
    before, after = load_model(model_dir).card, load_model(copy).card
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"interval", "probabilities"}  # one photo is too few for an age gate


@pytest.mark.parametrize(
    "gate",
    [
        {"thresholds": 3},
        {"thresholds": {"age_low": {"5": "much"}}},
        {"thresholds": {"p_under_18": {"5": 0.1}}, "usual": 1},
    ],
)
def test_a_damaged_gate_gives_one_sentence_before_the_work(
    tmp_path: Path, model_dir: Path, capsys: pytest.CaptureFixture[str], gate: object
) -> None:
    folder = shutil.copytree(model_dir, tmp_path / "model")
    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps(card | {"gate": gate}), encoding="utf-8")
    status = cli.main(["evaluate", "--data-dir", str(tmp_path), "--model", str(folder)])
    assert status == 1
    assert "model.json is damaged" in capsys.readouterr().err


def test_evaluate_sets_sources_beside_each_other(
    tmp_path: Path,
    photo_folder: Path,
    model_dir: Path,
    no_faces: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = shutil.copytree(photo_folder, tmp_path / "other")
    (other / "labels.csv").write_text(
        "file_name,real_age,person\n3.jpg,15,A\n4.jpg,17,A\nbroken.jpg,30,B\n", encoding="utf-8"
    )
    out, metrics = tmp_path / "new" / "sources.csv", tmp_path / "new" / "sources.json"
    arguments = ["--source", f"shop={photo_folder}", "--source", f"family photos={other}"]
    files = ["--out", str(out), "--json", str(metrics), "--cache-dir", str(tmp_path / "cache")]
    model = ["--model", str(model_dir), "--workers", "1"]
    assert cli.main(["evaluate", *arguments, *files, *model]) == 0
    table = pd.read_csv(out)
    assert table.groupby(["source", "size"], sort=False)["person"].apply(list).to_dict() == {
        ("shop", "full"): [1, 2], ("shop", "half"): [1, 2],
        ("family photos", "full"): [1, 1], ("family photos", "half"): [1, 1],
    }  # fmt: skip
    written = json.loads(metrics.read_text(encoding="utf-8"))["sources"]
    shown = capsys.readouterr().out
    assert "unreadable file: 2" in shown
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    for entry in written:
        start = f"{entry['source']} {entry['size']} {entry['photos']} {entry['people']} "
        assert any(line.startswith(f"{start}{entry['mae']:.2f}") for line in lines)
    assert lines[-1].endswith(f"{written[-1]['teens_read_adult']} of 2")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["evaluate"], "give either --data-dir or --source"),
        (["evaluate", "--data-dir", "a", "--source", "b=c"], "give either --data-dir or --source"),
        (["evaluate", "--source", "folder"], "folder is not NAME=FOLDER"),
    ],
)
def test_photos_to_evaluate_are_one_folder_or_named_sources(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert complaint in capsys.readouterr().err


def test_an_ensemble_of_models(
    tmp_path: Path,
    photo_folder: Path,
    model_dir: Path,
    no_faces: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cache = ["--cache-dir", str(tmp_path / "cache"), "--workers", "1"]
    labelled, spec = read_labels(photo_folder), load_model(model_dir).spec
    prepared = face_cache.build_face_set(labelled, spec, tmp_path / "cache", 1)
    copy = shutil.copytree(model_dir, tmp_path / "model")
    content = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    content["data"]["fingerprint"] = labels_fingerprint(prepared.table)
    write_json(copy / "model.json", content)
    out = tmp_path / "both"
    arguments = ["--data-dir", str(photo_folder), "--out", str(out), *cache]
    assert cli.main(["combine", str(copy), str(copy), *arguments]) == 0
    assert "2 networks, MAE on valid " in capsys.readouterr().out
    assert len(load_model(out).networks) == 2

    assert cli.main(["combine", str(copy), str(model_dir), *arguments]) == 1
    assert "not all trained on these photos" in capsys.readouterr().err


def test_robustness(
    tmp_path: Path, photo_folder: Path, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new" / "robustness.json"
    arguments = [
        "robustness", "--data-dir", str(photo_folder), "--model", str(model_dir),
        "--cache-dir", str(tmp_path / "cache"), "--workers", "1", "--split", "train",
        "--photos", "2", "--json", str(file),
    ]  # fmt: skip
    assert cli.main(arguments) == 0
    shown = capsys.readouterr()
    written = json.loads(file.read_text(encoding="utf-8"))
    assert (written["split"], written["undamaged"]["n"]) == ("train", 2)
    assert shown.out.rstrip("\n") == format_robustness(written)
    assert all(row["n"] + row["not_found"] == 2 for row in written["corruptions"])
    assert "Corrupting photos" in shown.err


def test_a_sample_of_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["robustness", "--data-dir", "anywhere", "--photos", "some"])
    assert "not a whole number of at least 0" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "prepare"])
def test_a_folder_without_labels(
    command: str, tmp_path: Path, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(model_dir)] if command == "evaluate" else []
    assert cli.main([command, "--data-dir", str(tmp_path / "nowhere"), *model]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("age_model: ") and "nowhere" in shown.err
    assert len(shown.err.splitlines()) == 1


def test_an_output_that_cannot_be_written_shows_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "predictions.csv"
    assert cli.main(["evaluate", "--data-dir", str(tmp_path), "--out", str(out)]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("age_model: ") and str(out.parent) in shown


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--face-size", "3", "too small"),
        ("--workers", "0", "not a whole number of at least 1"),
        ("--workers", "many", "not a whole number of at least 1"),
    ],
)
def test_impossible_numbers(
    option: str, value: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["prepare", "--data-dir", "anywhere", option, value])
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def test_describe_writes_the_tables_of_the_data_set_page(
    tmp_path: Path,
    photo_folder: Path,
    model_dir: Path,
    no_faces: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "tables"
    arguments = [
        "describe", "--data-dir", str(photo_folder), "--model", str(model_dir), "--out", str(out),
        "--cache-dir", str(tmp_path / "cache"), "--workers", "1",
    ]  # fmt: skip
    assert cli.main(arguments) == 0
    tables = read_tables(out)
    assert tables.ages.groupby("split")["photos"].sum().to_dict() == {
        "test": 2,
        "train": 7,
        "valid": 1,
    }
    assert tables.problems["problem"].value_counts().to_dict() == {
        "no face found": 10,
        "unreadable file": 1,
        "identical picture with conflicting ages": 1,
    }
    assert tables.twins["file_name"].tolist() == ["0.jpg", "copy.jpg"]
    assert set(tables.doubts["split"]) <= {"valid", "test"}
    assert str(out / "ages.csv") in capsys.readouterr().out


def test_crossfit_predicts_every_photo(
    tmp_path: Path,
    no_faces: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_tiny_network(monkeypatch)
    data = tmp_path / "data"
    data.mkdir()
    for number, age in enumerate(ages_of(24).round()):
        face(age).save(data / f"{age:.0f}_0_0_{20170000 + number}.jpg")
    out = data / "predictions.csv"
    arguments = [
        "crossfit", "--data-dir", str(data), "--out", str(out), "--folds", "3", "--epochs", "1",
        "--init", "none", "--cache-dir", str(tmp_path / "cache"), "--workers", "1",
        "--work-dir", str(tmp_path / "work"),
    ]  # fmt: skip
    assert cli.main(arguments) == 0
    table = read_predictions(data)
    assert table is not None
    assert sorted(table["file_name"]) == sorted(path.name for path in data.glob("*.jpg"))
    assert "of 24 labels are likely wrong" in capsys.readouterr().out


def test_crossfit_says_in_one_line_what_is_wrong(
    photo_folder: Path,
    tmp_path: Path,
    no_faces: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [
        "crossfit", "--data-dir", str(photo_folder), "--out", str(tmp_path / "p.csv"),
        "--folds", "50", "--cache-dir", str(tmp_path / "cache"), "--workers", "1",
    ]  # fmt: skip
    assert cli.main(arguments) == 1
    assert "too few photos for 50 folds" in capsys.readouterr().err
