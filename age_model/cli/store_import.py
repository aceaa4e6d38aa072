"""The commands that import long files into the store's record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from age_model.cli.store import program

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.imports.bulk import Choice

app = typer.Typer()
files = typer.Typer(help="Import receipts or visits from files of any length.")
app.add_typer(files, name="import")

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV or Excel, as for the page Add data")
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=HEADING",
        help="which column holds a field, where the headings do not tell: time=Closed",
    ),
]
Store = Annotated[str, typer.Option(metavar="NAME", help="of all rows, if no column has it")]
Till = Annotated[str, typer.Option(metavar="NAME", help="of all rows, if no column has it")]
Alcohol = Annotated[
    list[str] | None,
    typer.Option(metavar="CATEGORY", help="that is alcohol, if no column tells; may be repeated"),
]
Month = Annotated[
    bool | None,
    typer.Option(
        "--month-first/--day-first",
        help="of dates such as 03/04/2026; by default as the file tells",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="of the store, such as Europe/Berlin, for times with Z"),
]
Bad = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="for the rows that cannot be added, with the reasons; by default beside each file",
    ),
]


@files.command("receipts")
def import_receipts(
    paths: Files,
    *,
    columns: Column = None,
    store: Store = "",
    till: Till = "",
    alcohol: Alcohol = None,
    month_first: Month = None,
    zone: Zone = None,
    bad: Bad = None,
) -> int:
    """Import receipts, one line a product."""
    typed = {"store": store, "till": till}
    return _import("receipts", paths, columns, typed, alcohol or [], month_first, zone, bad)


@files.command("visits")
def import_visits(
    paths: Files,
    *,
    columns: Column = None,
    store: Store = "",
    till: Till = "",
    month_first: Month = None,
    zone: Zone = None,
    bad: Bad = None,
) -> int:
    """Import visits with ages that were estimated elsewhere."""
    typed = {"store": store, "till": till}
    return _import("visits", paths, columns, typed, [], month_first, zone, bad)


def _import(
    kind: str,
    paths: list[Path],
    columns: list[str] | None,
    typed: dict[str, str],
    alcohol: list[str],
    month_first: bool | None,
    zone: str | None,
    bad: Path | None,
) -> int:
    from age_model.store.imports.bulk import FIELDS, Choice
    from age_model.store.imports.file_times import time_zones
    from age_model.store.record.database import open_record, record_url

    named = dict(_named(text, list(FIELDS[kind])) for text in columns or [])
    if zone is not None and zone not in time_zones():
        raise typer.BadParameter(f"{zone} is no time zone such as Europe/Berlin")
    choice = Choice(named, typed, alcohol, month_first, zone)
    engine = open_record(record_url())
    for path in paths:
        _import_one(engine, kind, path, choice, bad or path.parent)
    return 0


def _named(text: str, fields: list[str]) -> tuple[str, str]:
    name, sign, heading = text.partition("=")
    if not sign or name not in fields:
        raise typer.BadParameter(f"{text} is not FIELD=HEADING with one of: {', '.join(fields)}")
    return name, heading


def _import_one(engine: "Engine", kind: str, path: Path, choice: "Choice", folder: Path) -> None:
    from dataclasses import replace

    from age_model.store.imports.bulk import FIELDS, import_file, lacking
    from age_model.store.imports.long_files import LongFile, check_headings
    from age_model.store.imports.rows import guess_columns
    from age_model.store.imports.tables import TableError

    file = LongFile(path, FIELDS[kind])
    check_headings(file, choice.columns)
    free = [heading for heading in file.headings if heading not in choice.columns.values()]
    guessed = guess_columns(FIELDS[kind], free)
    columns = {**guessed, **choice.columns}
    choice = replace(choice, columns=columns)
    names = [one.label for one in lacking(kind, choice)]
    if names:
        raise TableError(f"{path}: no column found for: {', '.join(names)}. Name it by --column.")
    bad = folder / f"{path.stem}_rows_with_reasons.csv"
    done = import_file(engine, program(), kind, file, choice, path.name, bad)
    print(
        f"{path}: added {done.added:,}, already there {done.known:,}, "
        f"visits linked to a receipt {done.joined:,}"
    )
    if done.totals:
        print(f"Totals left out: {done.totals:,}.")
    if done.bad:
        print(f"{done.bad:,} rows cannot be added; they are in {bad}, with the reasons.")
