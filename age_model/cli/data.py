"""The commands that work on labelled photos."""

from pathlib import Path
from typing import Annotated

import typer

from age_model.cli.options import CacheDir, DataDir, ModelDir, Workers, count, print_problems
from age_model.release import released
from age_model.vision.alignment import FaceSpec

DOUBTS_PRINTED = 20
app = typer.Typer()


def face_size(text: str | int) -> int:
    """Parse the side of a face, pixels.

    Raises:
        BadParameter: it is no number, or too small.
    """
    try:
        return FaceSpec(int(text)).size
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def folds(text: str) -> int:
    """Parse the number of folds.

    Raises:
        BadParameter: it is no number, or too small.
    """
    from age_model.training.crossfit import FEWEST_FOLDS

    return count(text, FEWEST_FOLDS)


@app.command("prepare")
def prepare_faces(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="folder for the aligned faces")
    ] = None,
    size: Annotated[
        int, typer.Option("--face-size", parser=face_size, metavar="PX", help="side of a face")
    ] = FaceSpec.size,
) -> int:
    """Find and align the faces of labelled photos."""
    from age_model.data import DEFAULT_CACHE_DIR
    from age_model.data.face_cache import build_face_set, face_set_folder
    from age_model.data.labels import read_labels

    labelled, spec, out = read_labels(data_dir), FaceSpec(size), out or DEFAULT_CACHE_DIR
    prepared = build_face_set(labelled, spec, out, workers)
    folder = face_set_folder(labelled, spec, out)
    print_problems(prepared.problems)
    print(f"{len(prepared)} faces of {size} px are in {folder}")
    print(f"To train on them, here or on another machine: python train.py --prepared {folder}")
    return 0


@app.command("examples")
def make_examples(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    cache_dir: CacheDir,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="folder for the pictures")] = None,
) -> int:
    """Make the example pictures.

    Each is the average of training faces of an age band that look alike.
    """
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.reports.example_faces import EXAMPLES_DIR, FACE_SIDE, write_examples

    prepared = build_face_set(read_labels(data_dir), FaceSpec(FACE_SIDE), cache_dir, workers)
    for path in write_examples(prepared, out or EXAMPLES_DIR):
        print(path)
    return 0


@app.command("answer-examples")
def answer_examples() -> int:
    """Write what the model says about the examples."""
    from age_model.reports.example_answers import write_answers

    print(write_answers())
    return 0


@app.command("describe")
def describe(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    model_dir: ModelDir,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="folder for the tables")] = None,
    cache_dir: CacheDir,
) -> int:
    """Write the tables of the Data page."""
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.model.saved_model import load_model
    from age_model.reports.data_set_tables import write_data_tables

    model = load_model(model_dir)
    prepared = build_face_set(read_labels(data_dir), model.spec, cache_dir, workers)
    print_problems(prepared.problems)
    for path in write_data_tables(model, prepared, out or released().data_dir):
        print(path)
    return 0


@app.command("crossfit")
def crossfit_labels(
    *,
    data_dir: DataDir,
    workers: Workers = None,
    parts: Annotated[
        int | None,
        typer.Option(
            "--folds",
            parser=folds,
            metavar="N",
            help="how many models are trained, each predicting one fold",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(parser=count, metavar="N", help="of each model")
    ] = None,
    init: Annotated[
        str,
        typer.Option(
            metavar="WEIGHTS",
            help="starting weights: imagenet, none, or a file not trained on these photos",
        ),
    ] = "imagenet",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="file for the predictions; the app finds it in the data folder"
        ),
    ] = None,
    work_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="folder for finished folds, to resume from"),
    ] = None,
    cache_dir: CacheDir,
) -> int:
    """Find labels that are likely wrong.

    Every photo is predicted by a model that was not trained on it.
    """
    from age_model.data.face_cache import build_face_set
    from age_model.data.labels import read_labels
    from age_model.evaluation.label_errors import DOUBT_COLUMNS, doubtful_labels
    from age_model.reports.data_set import PREDICTIONS_FILE
    from age_model.training.config import TrainingConfig
    from age_model.training.crossfit import (
        DEFAULT_WORK_DIR,
        EPOCHS,
        FOLDS,
        crossfit,
        crossfit_key,
    )
    from age_model.training.distributed import start_process

    out, parts = out or Path(PREDICTIONS_FILE), parts or FOLDS
    out.parent.mkdir(parents=True, exist_ok=True)  # see evaluate
    prepared = build_face_set(read_labels(data_dir), FaceSpec(), cache_dir, workers)
    config = TrainingConfig(init=init, epochs=epochs or EPOCHS)
    folder = (work_dir or DEFAULT_WORK_DIR) / crossfit_key(prepared, config, parts)
    predictions = crossfit(prepared, config, parts, folder, start_process())
    predictions.to_csv(out, index=False)
    doubts = doubtful_labels(predictions)
    print(f"{len(doubts)} of {len(predictions)} labels are likely wrong, the most doubtful first:")
    print(doubts[list(DOUBT_COLUMNS)].head(DOUBTS_PRINTED).to_string(index=False))
    print(f"All predictions: {out}")
    return 0
