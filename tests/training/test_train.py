"""The command train.py: as a user runs it (subprocesses), and its refusals in this process."""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

import train
from age_model.data import face_cache
from age_model.data.face_set import FaceSet, FaceSetError, load_face_set
from age_model.data.labels import read_labels
from age_model.evaluation import predictions
from age_model.evaluation.predictions import decoded_faces
from age_model.model.age_model import AgeModel
from age_model.model.network import ARCHITECTURES, AgeNetwork
from age_model.model.saved_model import load_model
from age_model.reports.data_set import read_tables
from age_model.reports.data_set_tables import write_data_tables
from age_model.training import finish
from age_model.training.distributed import Process
from age_model.training.losses import LOSSES
from age_model.training.trainer import Trainer
from tests.support.synthetic import SPEC, NoFaces, ages_of, face, use_tiny_network

ROOT = Path(__file__).parents[2]
SHORT = ["--init", "none", "--epochs", "2", "--batch-size", "8", "--device", "cpu"]


def photos(folder: Path, splits: dict[str, int]) -> Path:
    """Write synthetic faces in the layout of `labels.csv`."""
    (folder / "final_files").mkdir(parents=True)
    rows = ["file_name,real_age,split"]
    for split, count in splits.items():
        for number, age in enumerate(ages_of(count)):
            name = f"{split}{number}.png"
            face(age).save(folder / "final_files" / name)
            rows.append(f"{name},{age:.1f},{split}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def prepared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of prepared synthetic faces."""
    folder = tmp_path_factory.mktemp("data")
    labelled = read_labels(photos(folder / "photos", {"train": 17, "valid": 6, "test": 5}))
    face_cache.build_face_set(labelled, SPEC, folder / "cache", detector=NoFaces())
    return face_cache.face_set_folder(labelled, SPEC, folder / "cache", NoFaces())


def run(
    python: list[str], *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*python, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Whole runs


def test_from_photos_to_a_model_and_its_errors(
    photo_folder: Path, tmp_path: Path, quick_python: list[str]
) -> None:
    done = run(
        quick_python, "train.py", "--data-dir", photo_folder, *SHORT, "--face-size", "32",
        "--batch-size", "6", "--cache-dir", tmp_path / "cache", "--runs", tmp_path,
        "--name", "first", "--licence", "Only for tests.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "first"
    assert len(rows_of(folder / "log.csv")) == 2
    assert list(folder.glob("events.out.tfevents.*"))
    assert torch.load(folder / "last.pt", weights_only=True)["epoch"] == 2

    model = load_model(folder / "model")
    assert model.spec.size == 32
    assert model.card["licence"] == "Only for tests."
    assert model.card["training"][0]["init_loaded"] == 0
    # The photo without a face is used whole and counted; the broken one is left out.
    assert model.card["data"]["photos_without_face"] == 1
    assert sum(model.card["data"]["photos"].values()) == 10

    predictions = rows_of(folder / "evaluation/predictions.csv")
    assert [row["file_name"] for row in predictions] == ["plain.png", "7.jpg"]
    metrics = json.loads((folder / "evaluation/metrics.json").read_text(encoding="utf-8"))
    errors = [abs(float(row["predicted_age"]) - float(row["real_age"])) for row in predictions]
    assert metrics["overall"]["mae"] == pytest.approx(sum(errors) / 2, abs=0.001)
    assert metrics["photos_without_face"] == 1
    assert read_tables(folder / "data").ages["photos"].sum() == 10

    said = done.stderr
    assert "broken.jpg" in said  # the report on the labels
    assert "7 training faces, 1 validation faces" in said
    assert "Start: random weights" in said
    assert f"Run folder: {folder}" in said
    mae, low, high = (metrics["overall"][key] for key in ("mae", "mae_low", "mae_high"))
    assert re.search(rf"^MAE +{mae:.2f} \({low:.2f} to {high:.2f}\)  n = 2$", said, re.MULTILINE)
    assert re.search(r"^MAE, always \d+", said, re.MULTILINE)
    if mae >= metrics["baseline"]["mae"]:
        assert "No better than always guessing" in said and "Mark:" not in said
    else:
        assert re.search(r"^Mark: required +8.00  (met|missed)$", said, re.MULTILINE)


NOT_NEEDED = ("facenet_pytorch", "pillow_heif", "streamlit")


def test_two_processes_train_on_prepared_faces_where_no_detector_is_installed(
    prepared_dir: Path, tmp_path: Path
) -> None:
    absent = f"import sys\nfor name in {NOT_NEEDED}: sys.modules[name] = None"
    (tmp_path / "sitecustomize.py").write_text(absent, encoding="utf-8")
    done = run(
        [sys.executable], "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "train.py", "--prepared", prepared_dir, *SHORT, "--epochs", "1", "--runs", tmp_path,
        "--name", "x", PYTHONPATH=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    model = load_model(tmp_path / "x/model")
    assert model.card["training"][0]["processes"] == 2
    assert len(rows_of(tmp_path / "x/evaluation/predictions.csv")) == 5
    assert done.stderr.count("Run folder:") == 1  # only one process prints


# In this process, with a tiny network


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)


def command(prepared_dir: Path, tmp_path: Path, *more: str) -> list[str]:
    return ["--prepared", str(prepared_dir), *SHORT, "--runs", str(tmp_path), "--name", "x", *more]


def test_at_the_end_of_a_run_each_photo_is_predicted_once(
    tiny: None, prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def count(model: AgeModel, prepared: FaceSet) -> Iterator[Tensor]:
        decoded.append(len(prepared))
        return decoded_faces(model, prepared)

    for module in (finish, predictions):
        monkeypatch.setattr(module, "decoded_faces", count)
    assert train.main(command(prepared_dir, tmp_path)) == 0
    assert decoded == [6, 5]  # valid, test
    tables = read_tables(tmp_path / "x/data")
    model, prepared = load_model(tmp_path / "x/model"), load_face_set(prepared_dir)
    write_data_tables(model, prepared, tmp_path / "anew")
    pd.testing.assert_frame_equal(tables.doubts, read_tables(tmp_path / "anew").doubts)


def test_ctrl_c_keeps_the_last_epoch_and_the_run_can_go_on(
    tiny: None, prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    step = Trainer._step

    def interrupted(self: Trainer, *batch: Any) -> Tensor:  # noqa: ANN401
        if self.epoch == 1:
            raise KeyboardInterrupt
        return step(self, *batch)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    assert train.main(command(prepared_dir, tmp_path)) == 130
    assert "resume from the last finished epoch with --resume" in capsys.readouterr().err
    assert torch.load(tmp_path / "x/last.pt", weights_only=True)["epoch"] == 1
    assert not (tmp_path / "x/model").exists()

    monkeypatch.setattr(Trainer, "_step", step)
    assert train.main(["--resume", str(tmp_path / "x"), "--device", "cpu"]) == 0
    assert len(rows_of(tmp_path / "x/log.csv")) == 2

    assert train.main([*command(prepared_dir, tmp_path), "--name", "y"]) == 0
    whole, parts = (rows_of(tmp_path / name / "evaluation/predictions.csv") for name in "yx")
    assert whole == parts


def test_a_run_learns_from_corrected_labels(
    tiny: None, prepared_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "train")
    file = tmp_path / "corrections.csv"
    rows = ("file_name,decision,age", "train0.png,exclude,", "train1.png,relabel,50")
    file.write_text("\n".join([*rows, "test0.png,exclude,"]), encoding="utf-8")
    assert train.main(command(prepared_dir, tmp_path, "--corrections", str(file))) == 0
    said = "1 photos relabelled, 1 excluded; 1 test photos stay as they are, 0 photos are not"
    assert said in caplog.text
    assert "16 training faces, 6 validation faces" in caplog.text
    assert json.loads((tmp_path / "x/run.json").read_text())["source"]["corrections"] == str(file)
    assert len(rows_of(tmp_path / "x/evaluation/predictions.csv")) == 5


def test_corrections_beside_the_labels_are_found_and_named_ones_must_be_there(
    prepared_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = photos(tmp_path / "photos", {"train": 1})
    start = train._arguments(["--data-dir", str(folder)])
    assert train._run(start)[2]["corrections"] == ""
    (folder / "corrections.csv").write_text("file_name,decision,age\n", encoding="utf-8")
    assert train._run(start)[2]["corrections"] == str(folder / "corrections.csv")
    missing = command(prepared_dir, tmp_path, "--corrections", str(tmp_path / "no.csv"))
    assert train.main(missing) == 1
    assert "the table of corrections, is not there" in capsys.readouterr().err


def test_a_run_has_its_settings(tiny: None, prepared_dir: Path, tmp_path: Path) -> None:
    assert train.main(command(prepared_dir, tmp_path, "--lr", "0.002", "--loss", "mse")) == 0
    config = json.loads((tmp_path / "x/run.json").read_text(encoding="utf-8"))["config"]
    assert config["lr"] == 0.002 and config["loss"] == "mse" and config["epochs"] == 2
    assert load_model(tmp_path / "x/model").card["training"][0]["loss"] == "mse"


def test_a_run_is_never_overwritten(
    tiny: None, prepared_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(command(prepared_dir, tmp_path)) == 0
    before = (tmp_path / "x/last.pt").stat().st_mtime_ns
    assert refusal(command(prepared_dir, tmp_path), capsys).startswith("There is a run in ")
    assert (tmp_path / "x/last.pt").stat().st_mtime_ns == before


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must fail; return the one sentence that it prints."""
    capsys.readouterr()
    assert train.main(arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("train.py:")]
    assert len(lines) == 1
    return lines[0].removeprefix("train.py: ")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--prepared", "nowhere"], "nowhere holds no complete set of prepared faces"),
        (["--init", "gone.safetensors"], "There is no file gone.safetensors to start from."),
        (["--init", "README.md"], "README.md is not a file of plain weights"),
        (["--architecture", "vgg16"], "--architecture vgg16 is unknown"),
        (["--loss", "huber"], "--loss huber is unknown"),
        (["--amp", "fp8"], "--amp fp8 is unknown"),
        (["--epochs", "0"], "--epochs must be above 0"),
        (["--runs", "README.md"], "[Errno 20] Not a directory"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    tiny: None, prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], more: list[str], sentence: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("Not weights.", encoding="utf-8")
    assert refusal(command(prepared_dir, tmp_path, *more), capsys).startswith(sentence)


def test_a_missing_card_is_told(
    prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    arguments = command(prepared_dir, tmp_path, "--device", "cuda")
    assert refusal(arguments, capsys).startswith("There is no CUDA device")


def test_folders_without_photos_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        assert str(folder) in refusal(["--data-dir", str(folder)], capsys)


@pytest.mark.parametrize("missing", ["train", "valid", "test"])
def test_each_split_must_have_photos_before_training_starts(
    tiny: None, tmp_path: Path, no_faces: None,
    capsys: pytest.CaptureFixture[str], missing: str,
) -> None:  # fmt: skip
    splits = {"train": 4, "valid": 2, "test": 2}
    del splits[missing]
    arguments = ["--data-dir", str(photos(tmp_path / "photos", splits)), *SHORT]
    arguments += ["--cache-dir", str(tmp_path / "cache"), "--runs", str(tmp_path / "runs")]
    assert f"no photos in its {missing} split" in refusal(arguments, capsys)
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def finished(tiny: None, prepared_dir: Path, tmp_path: Path) -> Iterator[Path]:
    assert train.main(command(prepared_dir, tmp_path)) == 0
    yield tmp_path / "x"


def test_a_finished_run_can_be_evaluated_again(finished: Path) -> None:
    before = (finished / "evaluation/predictions.csv").read_bytes()
    shutil.rmtree(finished / "evaluation")
    assert train.main(["--resume", str(finished)]) == 0
    assert (finished / "evaluation/predictions.csv").read_bytes() == before
    assert len(rows_of(finished / "log.csv")) == 2


def test_a_run_goes_on_without_its_starting_weights(
    tiny: None, prepared_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start.pt"
    torch.save(AgeNetwork("resnet18").state_dict(), start)
    assert train.main(command(prepared_dir, tmp_path, "--init", str(start))) == 0
    (before,) = load_model(tmp_path / "x/model").card["training"]
    start.unlink()
    assert train.main(["--resume", str(tmp_path / "x")]) == 0
    assert load_model(tmp_path / "x/model").card["training"] == [before]
    assert (before["init"], before["init_random"]) == ("start.pt", [])


def shared_labels(tmp_path: Path) -> dict[str, str]:
    """The source for `train._prepared` of a folder of labelled photos."""
    folder = photos(tmp_path / "photos", {"train": 4, "valid": 2, "test": 2})
    cache = str(tmp_path / "cache")
    return {"prepared": "", "data_dir": str(folder), "face_size": "32", "cache_dir": cache}


@pytest.mark.parametrize("fails", [True, False])
def test_the_first_process_tells_the_others_whether_the_faces_are_prepared(
    tmp_path: Path, no_faces: None, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    sent: list[list[bool]] = []
    monkeypatch.setattr(train.dist, "broadcast_object_list", lambda done: sent.append([*done]))
    if fails:
        monkeypatch.setattr(face_cache, "load_face_set", lambda folder: (tmp_path / "gone").open())
    source = shared_labels(tmp_path)
    with pytest.raises(FileNotFoundError) if fails else nullcontext():
        train._prepared(source, Process(0, 2, torch.device("cpu")))
    assert sent == [[not fails]]


def test_a_process_ends_when_the_first_could_not_prepare_the_faces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.dist, "broadcast_object_list", lambda done: None)  # not done
    with pytest.raises(FaceSetError, match="first process"):
        train._prepared(shared_labels(tmp_path), Process(1, 2, torch.device("cpu")))


def test_what_cannot_be_resumed_is_told(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resume = ["--resume", str(finished)]
    assert "holds no checkpoint" in refusal(["--resume", str(tmp_path / "gone")], capsys)

    settings = (finished / "run.json").read_text(encoding="utf-8")
    for content in ("{", "{}", settings.replace('"epochs"', '"epoch"')):
        (finished / "run.json").write_text(content, encoding="utf-8")
        assert "run.json is missing or damaged" in refusal(resume, capsys)
    run = json.loads(settings)
    for part, entry, value in (
        ("config", "lr", "fast"),
        ("config", "epochs", 1.5),
        ("config", "seed", True),
        ("config", "lr", math.nan),
        ("source", "face_size", "large"),
        ("source", "prepared", 5),
        ("source", "photos", []),
    ):
        damaged = run | {part: run[part] | {entry: value}}
        (finished / "run.json").write_text(json.dumps(damaged), encoding="utf-8")
        assert "run.json is missing or damaged" in refusal(resume, capsys)
    for content in (
        "[" * 10**5,
        json.dumps(run | {"source": [1]}),
        json.dumps(run | {"config": 5}),
    ):
        (finished / "run.json").write_text(content, encoding="utf-8")
        assert "run.json is missing or damaged" in refusal(resume, capsys)
    (finished / "run.json").unlink()
    assert "run.json is missing or damaged" in refusal(resume, capsys)

    run["source"]["photos"] = "0123456789abcdef"
    (finished / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "The photos or labels have changed" in refusal(resume, capsys)

    (finished / "run.json").write_text(settings, encoding="utf-8")
    (finished / "last.pt").write_bytes(b"garbage" * 100)
    assert "last.pt cannot be resumed" in refusal(resume, capsys)


def test_the_best_weights_are_looked_at_before_going_on(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (finished / "best.pt").write_bytes(b"garbage" * 100)
    assert "best.pt cannot be resumed" in refusal(["--resume", str(finished)], capsys)
    (finished / "best.pt").unlink()
    assert "best.pt cannot be resumed" in refusal(["--resume", str(finished)], capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments --data-dir --prepared --resume is required"),
        (["--data-dir", "a", "--resume", "b"], "not allowed with"),
        (["--resume", "a", "--lr", "1", "--epochs", "9"], "own settings; leave out --epochs, --lr"),
        (["--data-dir", "a", "--face-size", "8"], "8 px is too small; the least is 16 px"),
        (["--data-dir", "a", "--epochs", "many"], "argument --epochs: invalid int value"),
        (["--data-dir", "a", "--device", "tpu"], "argument --device: invalid choice"),
    ],
)
def test_wrong_arguments_exit_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        train.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_the_help_names_every_loss_and_network() -> None:
    text = " ".join(train._parser().format_help().split())
    for name, kind in LOSSES.items():
        assert f"{name} ({kind.text})" in text
    assert ", ".join(ARCHITECTURES) in text
