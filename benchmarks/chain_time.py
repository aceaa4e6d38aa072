"""How long do the pages of a chain with a hundred million receipt lines take, and how much memory?

    python -m benchmarks.chain_time

The export of a made-up chain's month and the month before is read as the pages read it, which
show 30 days at first: 300 stores, of which a year has a hundred million lines. Cold: the files are
read and analysed, in a new process; warm: what a page has read is analysed again, as after another
choice. The slowest view counts; for the first time it may read more. The processor's time counts
both cores. The database itself is not measured. AGE_CHAIN names a folder to keep the chain in for
the next run.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")  # before NumPy is imported

import pandas as pd
from sqlalchemy import Engine

from age_model.access.visitor import EVERYTHING
from age_model.predict.id_rule import USUAL_RULE
from age_model.store.analysis import alcohol, purchases
from age_model.store.analysis.overview import Period
from age_model.store.analysis.products import lifts
from age_model.store.demo.goods import LOVED
from age_model.store.record.database import open_record
from age_model.store.record.export import VARIABLE
from age_model.store.record.read import StoreTables, read_tables
from age_model.store.reports.gather import read_overview
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.band_weights import BandModel, fit_bands
from age_model.store.statistics.model_errors import errors
from age_model.store.statistics.population import population_of
from benchmarks.chain_record import count_lines, make_chain, sizes
from benchmarks.report import Row, show

# 300 stores; visits of three of them in a month: a hundred million lines a year.
GROUPS, VISITS, MONTHS = 100, 16_700, 2
KEPT = "AGE_CHAIN"
LAST = date(2026, 7, 30)  # of the period that is shown
COLD, WARM, MEMORY = 60.0, 5.0, 2000.0  # seconds, seconds, MB


@dataclass(frozen=True)
class Page:
    """A page of the store.

    Attributes:
        read: what it reads.
        show: analyses of that, by name; the slowest counts.
    """

    read: Callable[[Engine], Any]
    show: dict[str, Callable[..., object]]


def _month(engine: Engine) -> StoreTables:
    first = LAST - timedelta(days=29)
    start, end = (
        datetime.combine(day, datetime.min.time()) for day in (first, LAST + timedelta(days=1))
    )
    return read_tables(engine, EVERYTHING, start, end)


def _counted(engine: Engine) -> tuple[StoreTables, BandModel]:
    tables = _month(engine)
    people = population_of(tables.visits, tables.distributions, errors)
    model = fit_bands(people, DEFAULT_BANDS)
    purchases.by_band(tables, model, "spend")  # the first tab
    return tables, model


def _overview(days: int) -> Callable[[Engine], object]:
    period = Period(LAST - timedelta(days=days - 1), LAST)
    return lambda engine: read_overview(engine, EVERYTHING, period)


def _refit(tables: StoreTables, _: BandModel) -> object:
    people = population_of(tables.visits, tables.distributions, errors)
    return fit_bands(people, DEFAULT_BANDS)


PAGES = {
    "Overview, 30 days": Page(_overview(30), {}),
    "weekly report": Page(_overview(7), {}),
    "Who buys what": Page(
        _counted,
        {
            "age bands": lambda tables, model: purchases.by_band(tables, model, "basket"),
            "by day": lambda tables, model: purchases.by_part(tables, model, "day", "spend"),
            "by store": lambda tables, model: purchases.by_part(tables, model, "store", "spend"),
            "products": lambda tables, model: lifts(tables, model, "product"),
            "other bands": _refit,
        },
    ),
    "ID checks": Page(
        lambda engine: (alcohol.alcohol_sales(_month(engine), errors, USUAL_RULE),),
        {
            "headline": alcohol.summarise_sales,
            "by store": lambda sales: alcohol.sales_by_part(sales, "store"),
            "by day": lambda sales: alcohol.sales_by_part(sales, "day"),
        },
    ),
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "cold": cold,
        "first": first,
        "warm": warm,
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
    groups, visits, months = (2, 1500, MONTHS) if miniature else (GROUPS, VISITS, MONTHS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place if miniature else os.environ.get(KEPT, place))
        if not (folder / "store.sqlite").exists():
            make_chain(folder, groups, visits, months)
        lines = count_lines(folder)
        size = sum(dict(sizes(folder)).values())
        os.environ[VARIABLE] = str(folder / "export")
        url = f"sqlite:///{folder / 'store.sqlite'}"
        n = (
            f"{lines:,} lines, {groups * visits * months:,} visits of {3 * groups} stores in "
            f"{months} months; {size / lines:.0f} bytes a line"
        )
        table = []
        for name in PAGES:
            taken = measure(name, url) if miniature else _measure_alone(name, url)
            over = [
                name
                for name, value, most in (
                    ("cold", taken["cold"][0], COLD),
                    ("warm", taken["warm"][0], WARM),
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
