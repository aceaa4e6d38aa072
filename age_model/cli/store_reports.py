"""The commands that a scheduler runs: the week on one page, and what needs attention."""

import json
import re
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from age_model.cli.options import count
from age_model.i18n.digits import SOURCE_LANGUAGE

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.access.visitor import Scope
    from age_model.store.analysis.attention import Finding

NEEDS_ATTENTION = 3  # exit status of `alerts`; 1 is a failure, and 2 wrong usage
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
app = typer.Typer()


def read_week(text: str) -> date:
    """Parse a week such as 2026-W25; return its Monday.

    Raises:
        BadParameter: there is no such week.
    """
    found = _WEEK.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no week such as 2026-W25") from error


def read_day(text: str) -> date:
    """Parse a day such as 2026-06-17.

    Raises:
        BadParameter: there is no such day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no day such as 2026-06-17") from error


def read_language(text: str) -> str:
    """Parse the code of a language.

    Raises:
        BadParameter: the texts are not in this language.
    """
    from age_model.i18n.translate import LANGUAGES

    if text not in LANGUAGES:
        raise typer.BadParameter(f"{text} is not one of {', '.join(LANGUAGES)}")
    return text


Store = Annotated[
    str | None, typer.Option(metavar="NAME", help="of this store alone; by default of all")
]
Language = Annotated[
    str, typer.Option(parser=read_language, metavar="CODE", help="of the texts: en or ru")
]


@app.command("weekly-report")
def weekly_report(
    *,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="for the two files")],
    store: Store = None,
    week: Annotated[
        date | None,
        typer.Option(
            parser=read_week, metavar="WEEK", help="such as 2026-W25; by default the last whole one"
        ),
    ] = None,
    language: Language = SOURCE_LANGUAGE,
) -> int:
    """Write a store's week, to print and in Excel."""
    from age_model.i18n.dates import days_in_words
    from age_model.i18n.translate import in_language
    from age_model.store.analysis.overview import Period
    from age_model.store.reports.files import write_reports
    from age_model.store.reports.gather import read_overview

    engine, scope = _open(store)
    monday = week or _monday(datetime.now().date()) - timedelta(weeks=1)
    period = Period(monday, monday + timedelta(days=6))
    overview = read_overview(engine, scope, period)
    if overview is None:
        print(
            f"age_model: no visits or receipts from {days_in_words(*period)}, nor in the four "
            "weeks before. Name another week by --week.",
            file=sys.stderr,
        )
        return 1
    with in_language(language):
        paths = write_reports(overview, out)
    for path in paths:
        print(path)
    return 0


@app.command("alerts")
def alerts(
    *,
    store: Store = None,
    days: Annotated[
        int, typer.Option(parser=count, metavar="N", help="to look at, up to the last day")
    ] = 1,
    last_day: Annotated[
        date | None,
        typer.Option(
            parser=read_day, metavar="DAY", help="such as 2026-06-17; by default yesterday"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    language: Language = SOURCE_LANGUAGE,
) -> int:
    """Print what needs attention; status 3 if any."""
    from age_model.i18n.translate import in_language
    from age_model.store.analysis.overview import Period
    from age_model.store.reports.gather import read_alerts

    engine, scope = _open(store)
    last = last_day or datetime.now().date() - timedelta(days=1)
    found = read_alerts(engine, scope, Period(last - timedelta(days=days - 1), last))
    with in_language(language):
        lines = [_as_dict(finding) for finding in found]
    if as_json:
        print(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line["text"])
    return NEEDS_ATTENTION if found else 0


def _as_dict(finding: "Finding") -> dict[str, object]:
    """Return a finding for JSON; what is unknown is null."""
    from age_model.store.reports.words import finding_in_words

    numbers = {name: getattr(finding, name) for name in ("count", "of", "usual")}
    text = finding_in_words(finding)
    return {
        "text": "".join(sign if sign.isprintable() else " " for sign in text),
        "kind": str(finding.kind),
        "store": finding.store or None,
        "till": finding.till or None,
        "day": finding.day.isoformat() if finding.day else None,
        **{name: None if value != value else value for name, value in numbers.items()},
    }


def _open(store: str | None) -> "tuple[Engine, Scope]":
    """Open the record; return it with what of it is meant.

    Raises:
        RecordError: it cannot be opened, or has no such store.
    """
    from age_model.access.visitor import EVERYTHING
    from age_model.store.record.database import RecordError, open_record, record_url
    from age_model.store.record.read import read_stores

    engine = open_record(record_url())
    if store is None:
        return engine, EVERYTHING
    known = read_stores(engine, EVERYTHING)
    if store not in known:
        raise RecordError(
            f"The record has no store named {store}. It has: {', '.join(known) or 'none'}."
        )
    return engine, EVERYTHING.narrowed([store])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
