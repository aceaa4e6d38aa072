"""The commands that prepare and describe labelled photos."""

import argparse
from pathlib import Path

from age_model.cli.options import add_cache, add_data, add_model, count, face_spec, print_problems
from age_model.data.face_cache import DEFAULT_CACHE_DIR, prepare, prepared_folder
from age_model.data.labels import read_labels
from age_model.evaluation.label_errors import DOUBT_COLUMNS, doubtful_labels
from age_model.model.saved_model import (
    load_model,
)
from age_model.reports.data_set import DATA_DIR, PREDICTIONS_FILE
from age_model.reports.describe_data import write_description
from age_model.reports.example_faces import EXAMPLES_DIR, write_examples
from age_model.training.config import TrainingConfig
from age_model.training.crossfit import (
    DEFAULT_WORK_DIR,
    EPOCHS,
    FEWEST_FOLDS,
    FOLDS,
    crossfit,
    crossfit_key,
)
from age_model.training.distributed import start_process
from age_model.vision.alignment import FaceSpec

DOUBTS_PRINTED = 20


def describe(args: argparse.Namespace) -> int:
    """Write the tables by which the app describes the photos of a model; print their paths."""
    model = load_model(args.model)
    prepared = prepare(read_labels(args.data_dir), model.spec, args.cache_dir, args.workers)
    print_problems(prepared.problems)
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
    print_problems(prepared.problems)
    print(f"{len(prepared)} faces of {args.face_size.size} px are in {folder}")
    print(f"To train on them, here or on another machine: python train.py --prepared {folder}")
    return 0


def make_examples(args: argparse.Namespace) -> int:
    """Average the training faces of each age band into example pictures; print their paths."""
    prepared = prepare(read_labels(args.data_dir), FaceSpec(), args.cache_dir, args.workers)
    for path in write_examples(prepared, args.out):
        print(path)
    return 0


def add_examples(parser: argparse.ArgumentParser) -> None:
    """Add the options of `examples`."""
    parser.set_defaults(run=make_examples)
    add_data(parser)
    add_cache(parser)
    parser.add_argument("--out", type=Path, default=EXAMPLES_DIR, help="folder for the pictures")


def add_describe(parser: argparse.ArgumentParser) -> None:
    """Add the options of `describe`."""
    parser.set_defaults(run=describe)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--out", type=Path, default=DATA_DIR, help="folder for the tables")
    add_cache(parser)


def add_crossfit(parser: argparse.ArgumentParser) -> None:
    """Add the options of `crossfit`."""
    parser.set_defaults(run=crossfit_labels)
    add_data(parser)
    parser.add_argument(
        "--folds",
        type=lambda text: count(text, least=FEWEST_FOLDS),
        default=FOLDS,
        metavar="N",
        help="how many models are trained, each judging the photos of one fold",
    )
    parser.add_argument("--epochs", type=count, default=EPOCHS, metavar="N", help="of each model")
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
    add_cache(parser)


def add_prepare(parser: argparse.ArgumentParser) -> None:
    """Add the options of `prepare`."""
    parser.set_defaults(run=prepare_faces)
    add_data(parser)
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_CACHE_DIR, help="folder to keep the aligned faces in"
    )
    parser.add_argument(
        "--face-size", type=face_spec, default=FaceSpec(), metavar="PX", help="side of a face"
    )
