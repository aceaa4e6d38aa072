"""The command line: ages of photos, a model's errors on labelled photos, prepared data sets.

python -m age_model predict PATH... [--format table|csv|json] [--model DIR]
python -m age_model evaluate --data-dir DIR [--split test|valid|train|all] [--model DIR]
    [--out predictions.csv] [--json metrics.json]
python -m age_model calibrate --data-dir DIR [--model DIR]
python -m age_model combine MODEL MODEL... --data-dir DIR --out DIR
python -m age_model robustness --data-dir DIR [--split test|valid|train|all] [--photos 1000]
    [--model DIR] [--json robustness.json]
python -m age_model prepare --data-dir DIR [--out DIR]
python -m age_model examples --data-dir DIR [--out DIR]
python -m age_model describe --data-dir DIR [--model DIR] [--out DIR]
python -m age_model crossfit --data-dir DIR [--folds 5] [--epochs 6] [--init imagenet|none|FILE]
    [--out predictions.csv]
python -m age_model report --data-dir DIR --portraits DIR
python -m age_model demo-data [--seed 0] [--visits 60000] [--out DIR] [--remove]
python -m age_model forget --days N
python -m age_model score-folder FOLDER --store NAME [--model DIR]
"""

import argparse
import csv
import io
import json
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from age_model.alignment import FaceSpec
from age_model.averages import EXAMPLES_DIR, write_examples
from age_model.calibration import calibrate
from age_model.combining import combine
from age_model.crossfit import (
    DEFAULT_WORK_DIR,
    EPOCHS,
    FEWEST_FOLDS,
    FOLDS,
    crossfit,
    crossfit_key,
)
from age_model.data_tables import DATA_DIR, PREDICTIONS_FILE
from age_model.dataset import DatasetError, Problem, format_problems, read_labels
from age_model.description import write_description
from age_model.detection import FaceDetector
from age_model.evaluation import evaluate_split, predict_distributions
from age_model.initial_weights import InitialWeightsError
from age_model.label_doubts import DOUBT_COLUMNS, doubtful_labels
from age_model.model_card import (
    DAMAGE_FILE,
    PORTRAITS_DAMAGE_FILE,
    PORTRAITS_FILE,
    TEST_FILE,
)
from age_model.model_files import (
    CARD_FILE,
    DEFAULT_MODEL_DIR,
    AgeModel,
    ModelError,
    load_model,
    write_json,
)
from age_model.photos import find_photos
from age_model.predictor import RESULT_COLUMNS, Predictor, result_rows
from age_model.prepare import DEFAULT_CACHE_DIR, prepare, prepared_folder
from age_model.prepared import PreparedError, PreparedFaces
from age_model.readme import EVALUATION_DIR, write_texts
from age_model.report import format_metrics
from age_model.robustness import format_robustness, robustness_report, sample_faces
from age_model.store.cli import add_commands
from age_model.store.record import RecordError
from age_model.training.config import TrainingConfig, TrainingError
from age_model.training.distributed import start_process

Row = dict[str, Any]

# What is said in one line, without a traceback.
EXPECTED_ERRORS = (
    DatasetError,
    PreparedError,
    ModelError,
    InitialWeightsError,
    TrainingError,
    RecordError,
    OSError,
)
DOUBTS_PRINTED = 20
DAMAGED_PHOTOS = 1000  # a sample: each kind of damage takes a prediction of all its faces


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status.

    Args:
        arguments: of the command line; by default those of this process.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args = _parser().parse_args(arguments)
    try:
        status: int = args.run(args)
        return status
    except EXPECTED_ERRORS as error:
        print(f"age_model: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nage_model: stopped", file=sys.stderr)
        return 130


def predict(args: argparse.Namespace) -> int:
    """Print the ages of the faces on photos; 0 if any photo could be read, else 1."""
    paths = find_photos(args.paths)
    if not paths:
        print("age_model: no photos in the folders given", file=sys.stderr)
        return 1
    predictor = Predictor.load(args.model)
    rows: list[Row] = []
    read = 0
    for path in tqdm(paths, desc="Estimating ages", unit="photo"):
        # The system allows names that are no text; those could not be printed.
        name = os.fsencode(path).decode(errors="replace")
        result = predictor.predict(name, path)
        read += result.image is not None
        rows += result_rows(result)
    print(FORMATS[args.format](rows))
    return 0 if read else 1


def evaluate(args: argparse.Namespace) -> int:
    """Print a model's errors on labelled photos; write the predictions table and the metrics."""
    for file in filter(None, (args.out, args.json)):
        file.parent.mkdir(parents=True, exist_ok=True)  # a bad path shows before the long work
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    _print_problems(prepared.problems)
    print(format_metrics(evaluate_split(model, prepared, args.split, args.out, args.json)))
    return 0


def calibrate_model(args: argparse.Namespace) -> int:
    """Fit a saved model's intervals, probabilities and age gate anew; write its `model.json`."""
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    valid = prepared.select("valid")
    entries = calibrate(model, valid.table, predict_distributions(model, valid))
    write_json(args.model / CARD_FILE, model.card | entries)
    _print_problems(prepared.problems)
    print(f"Calibrated on {len(valid)} validation photos: {args.model / CARD_FILE}")
    return 0


def combine_models(args: argparse.Namespace) -> int:
    """Save a model that averages the networks of others."""
    models = [load_model(folder) for folder in args.models]
    labelled = read_labels(args.data_dir)
    prepared = prepare(labelled, models[0].spec, args.cache_dir, args.workers)
    model = combine(args.out, models, prepared)
    mae = model.card["metrics"]["valid"]["mae"]
    print(f"{len(model.networks)} networks, MAE on valid {mae:.2f}: {args.out}")
    return 0


def robustness(args: argparse.Namespace) -> int:
    """Print what damage to the photos costs a model; write the figures."""
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)  # see evaluate
    model = load_model(args.model)
    labelled = read_labels(args.data_dir)
    prepared = prepare(labelled, model.spec, args.cache_dir, args.workers)
    faces = sample_faces(prepared.select(args.split), args.photos)
    _damage(model, faces, labelled.root, args.json)
    return 0


def report(args: argparse.Namespace) -> int:
    """Measure the shipped model anew: every figure that the app, README and model card show."""
    model = load_model()
    out = EVALUATION_DIR
    sources = (
        (args.data_dir, "test", TEST_FILE, DAMAGE_FILE, out / "predictions.csv"),
        (args.portraits, "all", PORTRAITS_FILE, PORTRAITS_DAMAGE_FILE, None),
    )
    for folder, split, metrics_file, damage_file, table in sources:
        labelled = read_labels(folder)
        prepared = prepare(labelled, model.spec, args.cache_dir, args.workers)
        print(format_metrics(evaluate_split(model, prepared, split, table, out / metrics_file)))
        sample = sample_faces(prepared.select(split), DAMAGED_PHOTOS)
        _damage(model, sample, labelled.root, out / damage_file)
    photos = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    write_description(model, photos, DATA_DIR)
    write_texts()
    return 0


def describe(args: argparse.Namespace) -> int:
    """Write the tables by which the app describes the photos of a model; print their paths."""
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    _print_problems(prepared.problems)
    for path in write_description(model, prepared, args.out):
        print(path)
    return 0


def crossfit_labels(args: argparse.Namespace) -> int:
    """Predict every photo by a model that did not learn from it; print the doubtful labels."""
    args.out.parent.mkdir(parents=True, exist_ok=True)  # see evaluate
    prepared = prepare(read_labels(args.data_dir), FaceSpec(), args.cache_dir, args.workers)
    config = TrainingConfig(init=args.init, epochs=args.epochs)
    folder = args.work_dir / crossfit_key(prepared, config, args.folds)
    predictions = crossfit(prepared, config, args.folds, folder, start_process())
    predictions.to_csv(args.out, index=False)
    doubts = doubtful_labels(predictions)
    print(f"{len(doubts)} of {len(predictions)} labels are likely wrong, the most doubtful first:")
    print(doubts[list(DOUBT_COLUMNS)].head(DOUBTS_PRINTED).to_string(index=False))
    print(f"All predictions: {args.out}")
    return 0


def prepare_faces(args: argparse.Namespace) -> int:
    """Find and align the faces of labelled photos; print where they are kept."""
    labelled = read_labels(args.data_dir)
    prepared = prepare(labelled, args.face_size, args.out, args.workers)
    folder = prepared_folder(labelled, args.face_size, args.out)
    _print_problems(prepared.problems)
    print(f"{len(prepared)} faces of {args.face_size.size} px are in {folder}")
    print(f"To train on them, here or on another machine: python train.py --prepared {folder}")
    return 0


def make_examples(args: argparse.Namespace) -> int:
    """Average the training faces of each age band into example pictures; print their paths."""
    prepared = prepare(read_labels(args.data_dir), FaceSpec(), args.cache_dir, args.workers)
    for path in write_examples(prepared, args.out):
        print(path)
    return 0


def as_table(rows: list[Row]) -> str:
    """Lay out rows of `RESULT_COLUMNS` for reading."""
    cells = [RESULT_COLUMNS, *(_texts(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    left = [name in ("photo", "warnings") for name in RESULT_COLUMNS]
    lines = (
        "  ".join(
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(line, widths, left, strict=True)
        )
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def as_csv(rows: list[Row]) -> str:
    """Write rows of `RESULT_COLUMNS` as CSV, without a line end after the last."""
    text = io.StringIO()
    writer = csv.DictWriter(text, RESULT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def as_json(rows: list[Row]) -> str:
    """Write rows as a JSON list of objects, empty values as null."""
    return json.dumps(rows, indent=2, ensure_ascii=False)


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json}


def _damage(model: AgeModel, faces: PreparedFaces, photos: Path, file: Path | None) -> None:
    figures = robustness_report(model, FaceDetector(), faces, photos)
    print(format_robustness(figures))
    if file:
        write_json(file, figures)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in RESULT_COLUMNS)


def _print_problems(problems: Iterable[Problem]) -> None:
    report = format_problems(problems)
    if report:
        print(f"Problems of the data set:\n{report}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m age_model", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_predict(commands.add_parser("predict", help="tell the ages of the faces on photos"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a model on labelled photos"))
    _add_calibrate(commands.add_parser("calibrate", help="fit a model's intervals anew"))
    _add_combine(commands.add_parser("combine", help="let several models answer as one"))
    _add_robustness(commands.add_parser("robustness", help="measure a model on damaged photos"))
    _add_prepare(commands.add_parser("prepare", help="find and align the faces of labelled photos"))
    _add_examples(commands.add_parser("examples", help="make the example pictures"))
    _add_describe(commands.add_parser("describe", help="renew the tables of the Data set page"))
    _add_crossfit(commands.add_parser("crossfit", help="find labels that are likely wrong"))
    _add_report(commands.add_parser("report", help="renew every figure of the shipped model"))
    add_commands(commands)
    return parser


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=predict)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="photo or folder")
    parser.add_argument("--format", choices=FORMATS, default="table", help="of the output")
    _add_model(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=evaluate)
    _add_data(parser)
    _add_split(parser)
    _add_model(parser)
    parser.add_argument("--out", type=Path, metavar="CSV", help="file for the predictions table")
    parser.add_argument("--json", type=Path, metavar="JSON", help="file for the metrics")
    _add_cache(parser)


def _add_calibrate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=calibrate_model)
    _add_data(parser)
    _add_model(parser)
    _add_cache(parser)


def _add_combine(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=combine_models)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="a model's folder")
    _add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for the combined model")
    _add_cache(parser)


def _add_robustness(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=robustness)
    _add_data(parser)
    _add_split(parser)
    parser.add_argument(
        "--photos",
        type=lambda text: _count(text, least=0),
        default=DAMAGED_PHOTOS,
        metavar="N",
        help="size of the sample; 0 for all",
    )
    _add_model(parser)
    parser.add_argument("--json", type=Path, metavar="JSON", help="file for the figures")
    _add_cache(parser)


def _add_examples(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=make_examples)
    _add_data(parser)
    _add_cache(parser)
    parser.add_argument("--out", type=Path, default=EXAMPLES_DIR, help="folder for the pictures")


def _add_describe(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=describe)
    _add_data(parser)
    _add_model(parser)
    parser.add_argument("--out", type=Path, default=DATA_DIR, help="folder for the tables")
    _add_cache(parser)


def _add_crossfit(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=crossfit_labels)
    _add_data(parser)
    parser.add_argument(
        "--folds",
        type=lambda text: _count(text, least=FEWEST_FOLDS),
        default=FOLDS,
        metavar="N",
        help="how many models are trained, each judging the photos of one fold",
    )
    parser.add_argument("--epochs", type=_count, default=EPOCHS, metavar="N", help="of each model")
    parser.add_argument(
        "--init",
        default="imagenet",
        help="starting weights: imagenet, none, or a file that never saw these photos",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(PREDICTIONS_FILE),
        metavar="CSV",
        help="file for the predictions; the app finds it in the data folder",
    )
    parser.add_argument(
        "--work-dir",
        type=Path,
        default=DEFAULT_WORK_DIR,
        help="folder that keeps the folds that are done, to go on with",
    )
    _add_cache(parser)


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=report)
    _add_data(parser)
    parser.add_argument(
        "--portraits", type=Path, required=True, help="labelled photos of another source"
    )
    _add_cache(parser)


def _add_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cache-dir",
        type=Path,
        default=DEFAULT_CACHE_DIR,
        help="folder that keeps the aligned faces for the next run",
    )


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=prepare_faces)
    _add_data(parser)
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_CACHE_DIR, help="folder to keep the aligned faces in"
    )
    parser.add_argument(
        "--face-size", type=_face_spec, default=FaceSpec(), metavar="PX", help="side of a face"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of labelled photos")
    parser.add_argument("--workers", type=_count, help="processes; by default one a core")


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=("test", "valid", "train", "all"), default="test")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, default=DEFAULT_MODEL_DIR, metavar="DIR", help="the model's folder"
    )


def _face_spec(size: str) -> FaceSpec:
    try:
        return FaceSpec(int(size))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str, least: int = 1) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least}")
    return int(text)
