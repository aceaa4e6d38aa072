"""The commands of the store's record."""

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from age_model.cli.options import ModelDir, count

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.imports.camera_photos import PhotosRecorded

DEMO_VISITS = 60_000
MIN_SCORE = 0.9  # of a face, as in the app
app = typer.Typer()


@app.command("demo-data")
def demo_data(
    *,
    seed: Annotated[int, typer.Option(help="random seed of the month")] = 0,
    visits: Annotated[
        int, typer.Option(parser=count, metavar="N", help="number of visits")
    ] = DEMO_VISITS,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="folder for the ground truth")
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="remove the month from the record")
    ] = False,
) -> int:
    """Add a demonstration month to the record, or remove it."""
    from age_model.store.demo.write import remove_demo, write_demo
    from age_model.store.record.database import DEFAULT_FILE, open_record, record_url

    engine = open_record(record_url())
    if remove:
        remove_demo(engine)
        print("The demonstration month was removed from the record.")
        return 0
    folder = out or DEFAULT_FILE.parent / "demo"
    lines = write_demo(engine, folder, seed, visits)
    print(f"Demonstration month: {visits:,} visits, {lines:,} receipt lines.")
    print(f"Its ground truth is in {folder}")
    return 0


@app.command("forget")
def forget(
    *,
    days: Annotated[int, typer.Option(parser=count, metavar="N", help="older than these")],
) -> int:
    """Delete old visits' links to cashiers and receipts."""
    from age_model.store.record.database import open_record, record_url
    from age_model.store.record.links import forget_links

    changed = forget_links(open_record(record_url()), days, datetime.now())
    print(f"{changed:,} visits older than {days} days lost their cashier and receipt.")
    return 0


@app.command("score-folder")
def score_folder(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="of photos named by time and till, such as 2026-06-01_12-00-05_till3.jpg",
        ),
    ],
    *,
    store: Annotated[str, typer.Option(metavar="NAME", help="where the camera is")],
    model_dir: ModelDir,
) -> int:
    """Record the photos of a checkout camera.

    The estimated ages are stored as visits, with their receipts; photos are not stored.
    """
    from tqdm import tqdm

    from age_model.predict.predictor import Predictor
    from age_model.serving.scorer import Scorer
    from age_model.store.imports.camera_photos import record_photos, score_photos
    from age_model.store.record.database import open_record, record_url
    from age_model.vision.photos import find_photos

    paths = find_photos([folder])
    if not paths:
        print(f"age_model: no photos in {folder}", file=sys.stderr)
        return 1
    engine = open_record(record_url())
    photos = ((path.name, partial(Path, path)) for path in paths)
    with tqdm(total=len(paths), desc="Estimating ages", unit="photo") as bar:
        scorer = Scorer(Predictor.load(model_dir))
        scored = score_photos(scorer.results, scorer.predictor.model, photos, MIN_SCORE)
        done = record_photos(engine, store, scored, lambda _: bar.update() and None)
    return print_recorded(engine, store, done)


def print_recorded(engine: "Engine", store: str, done: "PhotosRecorded") -> int:
    """Print what became of a camera's photos."""
    from age_model.store.record.tills import apart_in_words, tills_apart

    for name, reason in done.left_out.itertuples(index=False):
        print(f"{name}: {reason}")
    print(f"New visits: {done.added:,}; visits linked to a receipt: {done.joined:,}")
    print(f"Photos already known: {done.known:,}; left out: {len(done.left_out):,}")
    apart = tills_apart(engine, [store])
    if apart:
        print(apart_in_words(apart))
    return 0
