"""The commands of the store's record."""

import sys
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from age_model.cli.options import ModelDir, count
from age_model.store.demo import DEMO_VISITS

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.access.visitor import Visitor
    from age_model.store.imports.camera_photos import PhotosRecorded

MIN_SCORE = 0.9  # of a face, as in the app
app = typer.Typer()
cashier = typer.Typer(help="Hand over or erase what the record has of one cashier.")
app.add_typer(cashier, name="cashier")
Store = Annotated[str, typer.Option(metavar="NAME", help="where she works")]
Cashier = Annotated[str, typer.Argument(metavar="NAME", help="as in the record")]


def program() -> "Visitor":
    """Return who a command is for the record: it may do everything, and has a name in the log."""
    from age_model.access.visitor import ANYBODY
    from age_model.store.record.audit_log import COMMAND

    return replace(ANYBODY, name=COMMAND)


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
    from age_model.i18n.translate import tr
    from age_model.store.demo.write import DEMO_FOLDER, KIND, remove_demo, write_demo
    from age_model.store.record.audit_log import COMMAND, Event, log_alone
    from age_model.store.record.database import open_record, record_url
    from age_model.store.record.select import DEMO_STORES

    engine = open_record(record_url())
    if remove:
        log_alone(engine, COMMAND, Event.UNDID_IMPORT, remove_demo(engine), kind=KIND)
        print("The demonstration month was removed from the record.")
        return 0
    folder = out or DEMO_FOLDER
    lines = write_demo(engine, folder, seed, visits)
    log_alone(engine, COMMAND, Event.IMPORTED, sorted(map(tr, DEMO_STORES)), kind=KIND, rows=lines)
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


@app.command("retention")
def retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only tell what would be removed")
    ] = False,
) -> int:
    """Remove the old data of each store by its settings."""
    from age_model.store.record.audit_log import COMMAND
    from age_model.store.record.database import open_record, record_url
    from age_model.store.retention.run import run_retention
    from age_model.store.retention.settings import count_old, read_retention

    engine, now = open_record(record_url()), datetime.now()
    settings = read_retention(engine)
    if not settings:
        print("No store has settings: make them in the app's Settings, under Data kept.")
        return 0
    done = {} if dry_run else run_retention(engine, now, COMMAND, only_due=False)
    for store, one in settings.items():
        links, visits = done.get(store) or count_old(engine, one, now)
        verb = "were" if store in done else "would be"
        print(
            f"{store}: {visits:,} visits {verb} removed, {links:,} {verb} without cashier and "
            "receipt."
        )
        if one.confirmed_at is None:
            print(f"{store}: not confirmed yet, so nothing is removed; see Settings, Data kept.")
    return 0


@app.command("export-record")
def export_record() -> int:
    """Export what has changed in the record as Parquet files."""
    from age_model.store.record.audit_log import COMMAND, Event, log_alone
    from age_model.store.record.database import RecordError, open_record, record_url
    from age_model.store.record.export import VARIABLE, bring_up_to_date, configured_export

    export = configured_export()
    if export is None:
        raise RecordError(
            f"Name the folder of the export, or its address in an object store, by {VARIABLE}."
        )
    engine = open_record(record_url())
    months = bring_up_to_date(engine, export)
    log_alone(engine, COMMAND, Event.EXPORTED, [None], months=months)
    print(f"Exported anew: {months:,} months of stores. The files are in {export.root}")
    return 0


@cashier.command("export")
def export(
    name: Cashier,
    *,
    store: Store,
    out: Annotated[Path, typer.Option(metavar="FILE", help="JSON file to write")],
) -> int:
    """Write all that the record has of a cashier to a file."""
    from age_model.store.record.database import open_record, record_url
    from age_model.store.retention.one_cashier import export_cashier

    out.write_text(
        export_cashier(open_record(record_url()), program(), store, name),
        "utf-8",
    )
    print(f"What the record has of {name} is in {out}")
    return 0


@cashier.command("erase")
def erase(name: Cashier, *, store: Store) -> int:
    """Erase a cashier's account, and the name from visits and receipts."""
    from age_model.store.record.database import open_record, record_url
    from age_model.store.retention.one_cashier import erase_cashier

    changed = erase_cashier(open_record(record_url()), program(), store, name)
    print(f"Erased, with the name in {changed:,} visits and receipts.")
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
        done = record_photos(engine, program(), store, scored, lambda _: bar.update() and None)
    return print_recorded(engine, store, done)


def print_recorded(engine: "Engine", store: str, done: "PhotosRecorded") -> int:
    """Print what became of a camera's photos, and log it."""
    from age_model.store.record.audit_log import COMMAND, Event, log_alone
    from age_model.store.record.tills import apart_in_words, tills_apart

    log_alone(engine, COMMAND, Event.IMPORTED, [store], kind="photos", rows=done.added)
    for name, reason in done.left_out.itertuples(index=False):
        print(f"{name}: {reason}")
    print(f"New visits: {done.added:,}; visits linked to a receipt: {done.joined:,}")
    print(f"Photos already known: {done.known:,}; left out: {len(done.left_out):,}")
    apart = tills_apart(engine, [store])
    if apart:
        print(apart_in_words(apart))
    return 0
