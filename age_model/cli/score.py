"""The commands that score photos in bulk, and take the results into the store's record."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from age_model.cli.options import ModelDir, Workers
from age_model.cli.store import MIN_SCORE, print_recorded

if TYPE_CHECKING:
    from age_model.serving.output import Run, Totals

Engine = Literal["local", "ray"]
app = typer.Typer()


@app.command("score")
def score(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="folder, photo, glob, ZIP, CSV or Parquet with a column “path”, or the address "
            "of one of these, such as s3://BUCKET/FOLDER",
        ),
    ],
    *,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="for the results; a repeated run goes on there")
    ],
    engine: Annotated[
        Engine, typer.Option(help="processes of this machine, or a Ray cluster")
    ] = "local",
    device: Annotated[
        str,
        typer.Option(metavar="NAME", help="cpu, cuda, or auto: a graphics card, if any"),
    ] = "auto",
    workers: Workers = None,
    model_dir: ModelDir,
) -> int:
    """Estimate the ages on any number of photos.

    Writes Parquet files with one row a photo.
    """
    from tqdm import tqdm

    from age_model.serving.output import Run, begin, finish
    from age_model.serving.sources import without_secrets

    run = Run(engine, _version(model_dir))
    named = [without_secrets(source) for source in sources]
    begin(out, run, named)
    with tqdm(desc="Estimating ages", unit="photo", disable=engine == "ray") as bar:
        for done in _scored(run, sources, out, device, workers, model_dir):
            bar.update(done)
    totals = finish(out, run, named)
    if not totals.photos:
        print("age_model: no photos in the sources given", file=sys.stderr)
        return 1
    _print(totals, out)
    return 0 if totals.photos > totals.unreadable else 1


def _version(model_dir: Path) -> str:
    """Return the model's version, without loading torch where nothing is wrong with its card.

    Raises:
        ModelError: it cannot be used.
    """
    from age_model.model.json_files import read_json
    from age_model.model.version import CARD_FILE, version_of

    try:
        card = read_json(model_dir / CARD_FILE)
        return version_of(card["architecture"], card)
    except (OSError, ValueError, LookupError):
        from age_model.model.saved_model import load_model

        return load_model(model_dir).version  # says what is wrong


def _scored(
    run: "Run",
    sources: list[str],
    out: Path,
    device: str,
    workers: int | None,
    model_dir: Path,
) -> Iterator[int]:
    """Score photos by an engine; yield numbers of photos that were scored."""
    from age_model.model.device import processes_for
    from age_model.serving.scorer import ScorerSettings
    from age_model.serving.sources import find_places

    settings = ScorerSettings(model_dir.absolute(), device)
    places = find_places(sources)
    if run.engine == "ray":
        from age_model.serving.ray_engine import score_on_ray

        return score_on_ray(places, out, settings, device, workers)
    from age_model.serving.local_engine import score_here

    processes = workers or processes_for(device)
    return score_here(places, out, settings, processes, run.model_version)


def _print(totals: "Totals", out: Path) -> None:
    print(f"Photos: {totals.photos:,}; with faces: {totals.with_faces:,} ({totals.faces:,} faces)")
    print(f"Without a face: {totals.without_face:,}; unreadable: {totals.unreadable:,}")
    print(f"The results are in {out}")


@app.command("record")
def record(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="that “score” wrote")],
    *,
    store: Annotated[str, typer.Option(metavar="NAME", help="where the camera is")],
) -> int:
    """Record scored photos of a checkout camera.

    As with score-folder, the photos' names have time and till.
    """
    from tqdm import tqdm

    from age_model.serving.output import read_rows
    from age_model.store.imports.camera_photos import record_photos, scored_rows
    from age_model.store.record.database import open_record, record_url

    scored = scored_rows(read_rows(out), MIN_SCORE)
    engine = open_record(record_url())
    with tqdm(desc="Recording", unit="photo") as bar:
        done = record_photos(engine, store, scored, lambda _: bar.update() and None)
    return print_recorded(engine, store, done)
