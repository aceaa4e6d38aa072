"""How long do the pages of a chain with a hundred million receipt lines take, and how much memory?

    python -m benchmarks.chain_time

The export of a made-up chain of 300 stores is read as the pages read it, which show 30 days at
first, and a year with *All*. Two months are made up, and repeated. Cold: the files are read
and analysed, in a new process; warm: what a page has read is analysed again, as after another
choice. The slowest view counts; for the first time it may read more. Other age groups, one age, and
two parts of the period compared are read anew, however often, and count as cold. The processor's
time counts both cores. The database itself is not measured. AGE_CHAIN names a folder to keep the
chain in for the next run.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")  # before NumPy is imported

import pandas as pd
from sqlalchemy import Engine

from age_model.access.visitor import EVERYTHING
from age_model.predict.id_rule import USUAL_RULE
from age_model.release import released
from age_model.store.analysis import alcohol, purchases
from age_model.store.analysis.cashiers import compare_cashiers, usual_standard
from age_model.store.analysis.overview import Period
from age_model.store.analysis.products import lifts, lifts_around
from age_model.store.demo.goods import LOVED
from age_model.store.record.database import open_record
from age_model.store.record.export import VARIABLE
from age_model.store.record.read import read_span
from age_model.store.record.select import of_days
from age_model.store.reports.gather import read_overview
from age_model.store.statistics.age_bands import DEFAULT_BANDS, AgeBands
from age_model.store.statistics.model_errors import errors
from benchmarks.chain_record import count_lines, make_chain, sizes
from benchmarks.report import Row, show

# 300 stores; visits of three of them in a month: a hundred million lines a year.
GROUPS, VISITS, MONTHS, MADE = 100, 16_700, 12, 2
KEPT = "AGE_CHAIN"
COLD, WARM, MEMORY = 60.0, 5.0, 2000.0  # seconds, seconds, MB


@dataclass(frozen=True)
class Page:
    """A page of the store.

    Attributes:
        read: what it reads.
        show: analyses of that, by name; the slowest counts.
        anew: analyses for which files are read again, by name; the slowest counts.
    """

    read: Callable[[Engine], Any]
    show: dict[str, Callable[..., object]]
    anew: dict[str, Callable[..., object]] = field(default_factory=dict)


def _period(engine: Engine, days: int | None) -> Period:
    """Return some days up to the last visit; without a number, all there are."""
    span = read_span(engine, EVERYTHING)
    assert span is not None
    first, last = (moment.date() for moment in span)
    return Period(first if days is None else last - timedelta(days=days - 1), last)


def _visits(engine: Engine, days: int | None) -> purchases.Tables:
    return purchases.read_visits(engine, EVERYTHING, *_period(engine, days))


def _counted(engine: Engine, days: int | None) -> tuple[purchases.Tables, purchases.Counted]:
    tables = _visits(engine, days)
    model = purchases.count(tables, errors, DEFAULT_BANDS)
    lifts(tables, model, "category")  # as the page opens
    lifts(tables, model, "product")
    purchases.by_band(tables, model, "visits")
    purchases.similar_bands(tables, model, "visits")
    return tables, model


def _two_parts(tables: purchases.Tables, _: purchases.Counted) -> object:
    first, last = tables.days.min().date(), tables.days.max().date()
    middle = first + (last - first) / 2
    sides = of_days(tables, first, middle), of_days(tables, middle + timedelta(days=1), last)
    one, other = ((side, purchases.count(side, errors, DEFAULT_BANDS)) for side in sides)
    return purchases.compare(one, other, "spend")


def _pages(days: int | None) -> dict[str, Page]:
    time = "All" if days is None else f"{days} days"
    return {
        f"Overview, {time}": Page(
            lambda engine: read_overview(engine, EVERYTHING, _period(engine, days)), {}
        ),
        f"Who buys what, {time}": Page(
            lambda engine: _counted(engine, days),
            {
                "age bands": lambda tables, model: purchases.by_band(tables, model, "basket"),
                "by day": lambda tables, model: purchases.by_part(tables, model, "day", "spend"),
                "by week": lambda tables, model: purchases.by_part(tables, model, "week", "spend"),
                "by store": lambda tables, model: purchases.by_part(
                    tables, model, "store", "spend"
                ),
                "products": lambda tables, model: lifts(tables, model, "product"),
            },
            {
                "other age groups": lambda tables, _: purchases.count(
                    tables, errors, AgeBands((30, 60))
                ),
                "one age": lambda tables, _: lifts_around(tables, errors, 30, "product"),
                "two parts": _two_parts,
            },
        ),
        f"ID checks, {time}": Page(
            lambda engine: (alcohol.alcohol_sales(_visits(engine, days), errors, USUAL_RULE),),
            {
                "headline": alcohol.summarise_sales,
                "by store": lambda sales: alcohol.sales_by_part(sales, "store"),
                "by day": lambda sales: alcohol.sales_by_part(sales, "day"),
                "by cashier": lambda sales: alcohol.sales_by_part(sales, "cashier"),
                "cashiers": lambda sales: compare_cashiers(
                    sales.table, usual_standard(sales.table)
                ),
                "what if": lambda sales: alcohol.what_if(
                    sales, released().predictions(), USUAL_RULE
                ),
            },
        ),
    }


PAGES = {
    "weekly report": Page(lambda engine: read_overview(engine, EVERYTHING, _period(engine, 7)), {}),
    **_pages(30),
    **_pages(None),
}


def measure(name: str, url: str) -> dict[str, Any]:
    """Return what a page takes in this process, which has done nothing else."""
    engine, page = open_record(url), PAGES[name]
    cold, read = _timed(partial(page.read, engine))
    first, warm, slowest, found = (0.0, 0.0), (0.0, 0.0), "–", "–"
    for title, analysis in page.show.items():
        before, shown = _timed(partial(analysis, *read))
        taken, _ = _timed(partial(analysis, *read))
        first = max(first, before)
        if taken > warm:
            warm, slowest = taken, title
        if title == "products":
            found = _loves_found(shown)
    anew, slowest_anew = (0.0, 0.0), "–"
    for title, analysis in page.anew.items():
        taken, _ = _timed(partial(analysis, *read))
        if taken > anew:
            anew, slowest_anew = taken, title
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "cold": cold,
        "first": first,
        "warm": warm,
        "anew": anew,
        "slowest anew": slowest_anew,
        "memory": memory,
        "slowest": slowest,
        "found": found,
    }


def _timed(call: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Return the seconds of a call, by the clock and of the processor, and what it returns."""
    started = time.perf_counter(), time.process_time()
    returned = call()
    return (time.perf_counter() - started[0], time.process_time() - started[1]), returned


def _loves_found(table: pd.DataFrame) -> str:
    """Return how many of the planted preferences are significant in their age bands."""
    hits = 0
    for love in LOVED:
        rows = table[(table["item"] == love.product) & table["differs"] & (table["lift"] > 1)]
        names = DEFAULT_BANDS.names
        theirs = {names[int(DEFAULT_BANDS.of(age))] for age in (love.first_age, love.last_age)}
        hits += bool(theirs & set(rows["band"]))
    return f"{hits} of {len(LOVED)}"


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure every page, each in a process of its own."""
    groups, visits, months, made = (1, 1500, 2, 1) if miniature else (GROUPS, VISITS, MONTHS, MADE)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place if miniature else os.environ.get(KEPT, place))
        if not (folder / "store.sqlite").exists():
            make_chain(folder, groups, visits, months, made)
        lines = count_lines(folder)
        size = sum(dict(sizes(folder)).values())
        os.environ[VARIABLE] = str(folder / "export")
        url = f"sqlite:///{folder / 'store.sqlite'}"
        n = (
            f"{lines:,} lines of {3 * groups} stores in {months} months; "
            f"{size / lines:.0f} bytes a line"
        )
        table = []
        for name in _pages(None) if miniature else PAGES:
            taken = measure(name, url) if miniature else _measure_alone(name, url)
            over = [
                name
                for name, value, most in (
                    ("cold", taken["cold"][0], COLD),
                    ("warm", taken["warm"][0], WARM),
                    ("read anew", taken["anew"][0], COLD),
                    ("memory", taken["memory"], MEMORY),
                )
                if value > most
            ]
            table.append(
                {
                    "page": name,
                    "n": n,
                    "cold, clock / processor": "{:.1f} / {:.1f} s".format(*taken["cold"]),
                    "a view for the first time": "{:.1f} / {:.1f} s".format(*taken["first"]),
                    "warm, slowest view": taken["slowest"],
                    "warm, clock / processor": "{:.1f} / {:.1f} s".format(*taken["warm"]),
                    "read anew, slowest view": taken["slowest anew"],
                    "read anew, clock / processor": "{:.1f} / {:.1f} s".format(*taken["anew"]),
                    "peak memory": f"{taken['memory']:,.0f} MB",
                    "planted effects found": taken["found"],
                    "over 60 s, 5 s or 2 GB": ", ".join(over) or "no",
                }
            )
        del os.environ[VARIABLE]
        return table


def _measure_alone(name: str, url: str) -> dict[str, Any]:
    """Return what `measure` does in a new process: each has its own peak of memory."""
    command = [sys.executable, "-m", "benchmarks.chain_time", name, url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return taken


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(*sys.argv[1:])))
    else:
        show(rows)
