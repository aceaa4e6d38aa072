"""The commands that measure, calibrate and combine models."""

import argparse
from pathlib import Path

from age_model.cli.options import add_cache, add_data, add_model, add_split, count, print_problems
from age_model.data.face_cache import prepare
from age_model.data.face_set import PreparedFaces
from age_model.data.labels import read_labels
from age_model.evaluation.calibration import calibrate
from age_model.evaluation.predictions import evaluate_split, predict_distributions
from age_model.evaluation.robustness import robustness_report, sample_faces
from age_model.model.saved_model import (
    AgeModel,
    load_model,
    write_json,
)
from age_model.model.version import CARD_FILE
from age_model.release import released
from age_model.reports.console import format_metrics, format_robustness
from age_model.reports.data_set import DATA_DIR
from age_model.reports.describe_data import write_description
from age_model.reports.model_card import (
    DAMAGE_FILE,
    PORTRAITS_DAMAGE_FILE,
    PORTRAITS_FILE,
    TEST_FILE,
)
from age_model.reports.readme import write_texts
from age_model.training.ensemble import combine
from age_model.vision.default_detector import default_detector

DAMAGED_PHOTOS = 1000  # a sample: each kind of damage takes a prediction of all its faces


def evaluate(args: argparse.Namespace) -> int:
    """Print a model's errors on labelled photos; write the predictions table and the metrics."""
    for file in filter(None, (args.out, args.json)):
        file.parent.mkdir(parents=True, exist_ok=True)  # a bad path shows before the long work
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    print_problems(prepared.problems)
    print(format_metrics(evaluate_split(model, prepared, args.split, args.out, args.json)))
    return 0


def calibrate_model(args: argparse.Namespace) -> int:
    """Fit a saved model's intervals, probabilities and age gate anew; write its `model.json`."""
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    valid = prepared.select("valid")
    entries = calibrate(model, valid.table, predict_distributions(model, valid))
    write_json(args.model / CARD_FILE, model.card | entries)
    print_problems(prepared.problems)
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
    model = released().model()
    out = released().evaluation_dir
    sources = (
        (args.data_dir, "test", TEST_FILE, DAMAGE_FILE, released().predictions_file),
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


def _damage(model: AgeModel, faces: PreparedFaces, photos: Path, file: Path | None) -> None:
    figures = robustness_report(model, default_detector(), faces, photos)
    print(format_robustness(figures))
    if file:
        write_json(file, figures)


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    parser.set_defaults(run=evaluate)
    add_data(parser)
    add_split(parser)
    add_model(parser)
    parser.add_argument("--out", type=Path, metavar="CSV", help="file for the predictions table")
    parser.add_argument("--json", type=Path, metavar="JSON", help="file for the metrics")
    add_cache(parser)


def add_calibrate(parser: argparse.ArgumentParser) -> None:
    """Add the options of `calibrate`."""
    parser.set_defaults(run=calibrate_model)
    add_data(parser)
    add_model(parser)
    add_cache(parser)


def add_combine(parser: argparse.ArgumentParser) -> None:
    """Add the options of `combine`."""
    parser.set_defaults(run=combine_models)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="a model's folder")
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for the combined model")
    add_cache(parser)


def add_robustness(parser: argparse.ArgumentParser) -> None:
    """Add the options of `robustness`."""
    parser.set_defaults(run=robustness)
    add_data(parser)
    add_split(parser)
    parser.add_argument(
        "--photos",
        type=lambda text: count(text, least=0),
        default=DAMAGED_PHOTOS,
        metavar="N",
        help="size of the sample; 0 for all",
    )
    add_model(parser)
    parser.add_argument("--json", type=Path, metavar="JSON", help="file for the figures")
    add_cache(parser)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of `report`."""
    parser.set_defaults(run=report)
    add_data(parser)
    parser.add_argument(
        "--portraits", type=Path, required=True, help="labelled photos of another source"
    )
    add_cache(parser)
