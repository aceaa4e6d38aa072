"""How long do the analyses of the store take on 200,000 visits and 1,000,000 receipt lines?

    python -m benchmarks.store_time

Prints for each analysis the median of three runs on two cores, and those that take over 3 seconds.
Reading the visits from the record is timed too.
"""

import os
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "2")  # before NumPy is imported

from age_model.store import alcohol, purchases
from age_model.store.bands import DEFAULT_BANDS
from age_model.store.cashiers import compare_cashiers, usual_standard
from age_model.store.challenge import what_if
from age_model.store.comparison import compare
from age_model.store.counting import fit_bands
from age_model.store.demo import demo_month
from age_model.store.mixture import shipped_errors, shipped_predictions
from age_model.store.products import lifts, lifts_around
from age_model.store.selection import of_stores

VISITS = 200_000
LIMIT = 3.0  # seconds
RUNS = 3


def seconds(call: Callable[[], object]) -> float:
    """Return the time of a call, the median of `RUNS`."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return median(times)


def main() -> None:
    """Time every analysis that a page shows."""
    tables, _ = demo_month(0, VISITS)
    tables = tables.__class__(
        tables.visits, tables.distributions, tables.lines.iloc[:1_000_000], tables.checks
    )
    print(f"{len(tables.visits):,} visits, {len(tables.lines):,} lines")
    errors, ages = shipped_errors(), tables.visits["age"].to_numpy()
    model = fit_bands(ages, tables.distributions, errors, DEFAULT_BANDS)
    sales = alcohol.alcohol_sales(tables, errors, 25)
    stores = sorted(tables.visits["store"].unique())[:2]
    sides = []
    for store in stores:
        part = of_stores(tables, (store,))
        their_ages = part.visits["age"].to_numpy()
        sides.append((part, fit_bands(their_ages, part.distributions, errors, DEFAULT_BANDS)))
    calls: dict[str, Callable[[], object]] = {
        "count by bands": lambda: fit_bands(ages, tables.distributions, errors, DEFAULT_BANDS),
        "age bands": lambda: (
            purchases.by_band(tables, model),
            purchases.not_told_apart(tables, model, "basket"),
        ),
        **{
            f"over time, by {by}": lambda by=by: purchases.by_part(tables, model, by, "basket")
            for by in purchases.PARTS
        },
        "products": lambda: lifts(tables, model, "product"),
        "products, one age": lambda: lifts_around(tables, errors, 30, "product"),
        "two stores": lambda: compare(*sides),
        "gather alcohol sales": lambda: alcohol.alcohol_sales(tables, errors, 25),
        "alcohol figures": lambda: alcohol.summarise_sales(sales),
        **{
            f"alcohol, by {by}": lambda by=by: alcohol.sales_by_part(sales, by)
            for by in alcohol.PARTS
        },
        "cashiers": lambda: compare_cashiers(sales.table, usual_standard(sales.table)),
        "what if": lambda: what_if(sales, shipped_predictions()),
    }
    taken = {name: seconds(call) for name, call in calls.items()}
    for name, time_taken in taken.items():
        print(f"{name:24} {time_taken:.2f} s")
    slow = [name for name, time_taken in taken.items() if time_taken > LIMIT]
    print(f"over {LIMIT:.0f} s: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
