"""The commands of the store's record, parts of `python -m age_model`."""

import argparse
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from age_model.predict.predictor import Predictor
from age_model.release import released
from age_model.store.demo.write import remove_demo, write_demo
from age_model.store.imports.camera_photos import record_photos, score_photos
from age_model.store.record.database import DEFAULT_FILE, open_record, record_url
from age_model.store.record.links import forget_links
from age_model.store.record.tills import apart_in_words, tills_apart
from age_model.vision.photos import find_photos

DEMO_DIR = DEFAULT_FILE.parent / "demo"
DEMO_VISITS = 60_000
MIN_SCORE = 0.9  # of a face, as in the app


def demo_data(args: argparse.Namespace) -> int:
    """Put the demonstration month into the record, or take it out."""
    engine = open_record(record_url())
    if args.remove:
        remove_demo(engine)
        print("The demonstration month is no longer in the record.")
        return 0
    lines = write_demo(engine, args.out, args.seed, args.visits)
    print(f"Demonstration month: {args.visits:,} visits, {lines:,} receipt lines.")
    print(f"The truth about it is in {args.out}")
    return 0


def forget(args: argparse.Namespace) -> int:
    """Cut old visits' links to cashiers and receipts."""
    changed = forget_links(open_record(record_url()), args.days, datetime.now())
    print(f"{changed:,} visits older than {args.days} days lost their cashier and receipt.")
    return 0


def score_folder(args: argparse.Namespace) -> int:
    """Estimate ages on a checkout camera's photos; record them as visits with their receipts."""
    paths = find_photos([args.folder])
    if not paths:
        print(f"age_model: no photos in {args.folder}", file=sys.stderr)
        return 1
    engine = open_record(record_url())
    photos = ((path.name, partial(Path, path)) for path in paths)
    with tqdm(total=len(paths), desc="Estimating ages", unit="photo") as bar:
        scored = score_photos(Predictor.load(args.model), photos, MIN_SCORE)
        done = record_photos(engine, args.store, scored, lambda _: bar.update() and None)
    for name, reason in done.left_out.itertuples(index=False):
        print(f"{name}: {reason}")
    print(f"New visits: {done.added:,}; visits that got their receipt: {done.joined:,}")
    print(f"Photos known before: {done.known:,}; left out: {len(done.left_out):,}")
    apart = tills_apart(engine, [args.store])
    if apart:
        print(apart_in_words(apart))
    return 0


def add_commands(commands: Any) -> None:  # noqa: ANN401  argparse does not tell its name
    """Add the commands to those of the command line."""
    demo = commands.add_parser("demo-data", help="put a demonstration month into the record")
    demo.set_defaults(run=demo_data)
    demo.add_argument("--seed", type=int, default=0, help="another seed, another month")
    demo.add_argument("--visits", type=_positive, default=DEMO_VISITS, metavar="N")
    demo.add_argument("--out", type=Path, default=DEMO_DIR, help="folder for the truth about it")
    demo.add_argument("--remove", action="store_true", help="take the month out of the record")
    old = commands.add_parser("forget", help="cut old visits' links to cashiers and receipts")
    old.set_defaults(run=forget)
    score = commands.add_parser("score-folder", help="record the photos of a checkout camera")
    score.set_defaults(run=score_folder)
    score.add_argument("folder", type=Path, help="of photos, see README.md for their names")
    score.add_argument("--store", required=True, metavar="NAME", help="that the camera is in")
    score.add_argument("--model", type=Path, default=released().model_dir, metavar="DIR")
    old.add_argument("--days", type=_positive, required=True, metavar="N", help="older than these")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return int(text)
