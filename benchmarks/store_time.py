"""How long do the analyses of the store take on 200,000 visits and 1,000,000 receipt lines?

    python -m benchmarks.store_time

Reports for each analysis the median of three runs on two cores, and marks those that take over 3
seconds: in wall-clock and in processor time, which other programs affect less. A page reads the
visits once in five minutes, then shows one analysis at a time. The browser is not timed.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "2")  # before NumPy is imported

from sqlalchemy import Engine

from age_model.access.visitor import EVERYTHING
from age_model.predict.id_rule import USUAL_RULE
from age_model.release import released
from age_model.store.analysis import alcohol, purchases
from age_model.store.analysis.alcohol import what_if
from age_model.store.analysis.cashiers import compare_cashiers, usual_standard
from age_model.store.analysis.products import lifts, lifts_around
from age_model.store.analysis.purchases import compare
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import open_record
from age_model.store.record.read import StoreTables, read_tables
from age_model.store.record.select import of_stores
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.band_weights import BandModel, fit_bands
from age_model.store.statistics.model_errors import errors
from age_model.store.statistics.population import population_of
from benchmarks.report import Row, show

VISITS = 200_000
LIMIT = 3.0  # seconds
RUNS = 3
PERIOD = datetime(2026, 6, 1), datetime(2026, 7, 1)  # of the demonstration month


def seconds(call: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the wall-clock and the processor time of a call, medians of some runs."""
    times = []
    for _ in range(runs):
        started = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    clock, processor = zip(*times, strict=True)
    return median(clock), median(processor)


def seconds_to_read(tables: StoreTables, runs: int) -> tuple[float, float]:
    """Return the time to read the tables from a SQLite record."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_record(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        add_month(engine, tables)
        taken = seconds(lambda: _read_all(engine), runs)
        engine.dispose()
    return taken


def _read_all(engine: Engine) -> object:
    tables = read_tables(engine, EVERYTHING, *PERIOD)
    return tables, tables.lines, tables.checks


def count(tables: StoreTables) -> BandModel:
    """Fit how visits count towards the default bands."""
    return fit_bands(population_of(tables.visits, tables.distributions, errors), DEFAULT_BANDS)


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Time every analysis that a page shows."""
    tables, _ = demo_month(0, 2000 if miniature else VISITS)
    runs = 1 if miniature else RUNS
    tables = StoreTables.of(
        tables.visits, tables.distributions, tables.lines.iloc[:1_000_000], tables.checks
    )
    model = count(tables)
    sales = alcohol.alcohol_sales(tables, errors, USUAL_RULE)
    stores = sorted(tables.visits["store"].unique())[:2]
    sides = []
    for store in stores:
        part = of_stores(tables, (store,))
        sides.append((part, count(part)))
    calls: dict[str, Callable[[], object]] = {
        "count by bands": lambda: count(tables),
        "age bands": lambda: (
            purchases.by_band(tables, model, "basket"),
            purchases.similar_bands(tables, model, "basket"),
        ),
        **{
            f"over time, by {by}": partial(purchases.by_part, tables, model, by, "basket")
            for by in purchases.PARTS
        },
        "products": lambda: lifts(tables, model, "product"),
        "products, one age": lambda: lifts_around(tables, errors, 30, "product"),
        "two stores": lambda: compare(sides[0], sides[1], "basket"),
        "gather alcohol sales": lambda: alcohol.alcohol_sales(tables, errors, USUAL_RULE),
        "alcohol metrics": lambda: alcohol.summarise_sales(sales),
        **{f"alcohol, by {by}": partial(alcohol.sales_by_part, sales, by) for by in alcohol.PARTS},
        "cashiers": lambda: compare_cashiers(sales.table, usual_standard(sales.table)),
        "what if": lambda: what_if(sales, released().predictions(), USUAL_RULE),
    }
    taken = {"read the record": seconds_to_read(tables, runs)}
    taken |= {name: seconds(call, runs) for name, call in calls.items()}
    return [
        {
            "analysis": name,
            "n": f"{len(tables.visits):,} visits, {len(tables.lines):,} lines; {runs} times",
            "clock": f"{clock:.2f} s",
            "processor": f"{processor:.2f} s",
            f"over {LIMIT:.0f} s": "yes" if clock > LIMIT else "no",
        }
        for name, (clock, processor) in taken.items()
    ]


if __name__ == "__main__":
    show(rows)
