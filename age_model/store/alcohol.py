"""Sales of alcohol: who looked young, who was asked for ID, and how many minors were probably served.

A sale is a visit whose receipt has a line of alcohol, or that has an ID check: a sale that was
refused has no such line.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from age_model.gate import LEGAL_AGE
from age_model.metrics import wilson
from age_model.store.bands import AgeBands
from age_model.store.counting import RESAMPLES, fit_bands, totals
from age_model.store.purchases import PARTS as PURCHASE_PARTS
from age_model.store.purchases import rows_of_lines
from age_model.store.tables import StoreTables

SHIFT_STARTS = {"night": 22, "evening": 15, "morning": 6}  # hours; before 6 it is still night

PARTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    **{name: PURCHASE_PARTS[name] for name in ("day", "week", "store")},
    "till": lambda sales: sales["store"].astype(str) + " · " + sales["till"].astype(str),
    "shift": lambda sales: shift_of(sales["time"]),
    "cashier": lambda sales: sales["cashier"].astype(object),
}
"""What sales can be parted by; those of an unknown cashier are in no part."""


def alcohol_sales(tables: StoreTables, learned: np.ndarray, challenge_age: int) -> pd.DataFrame:
    """Gather the sales of alcohol.

    Args:
        tables: of a time and of stores.
        learned: the mix that the distributions lean towards.
        challenge_age: who looks younger is to be asked, years.

    Returns:
        One row a sale, in the order of time: `visit_id`, `time`, `store`, `till`, `cashier`,
        `age`, `age_low`, `age_high` (years), `looked_young` (whether the estimate lies under the
        challenge age), `recorded` (whether a check was), `asked`, `outcome`, and the probabilities
        to be really under the ages of buying and of the challenge, `p_minor` and `p_young`, in a
        crowd of the ages of these buyers. The model's own `p_under_18` holds for a crowd like its
        photos', which has more children than buy alcohol.
    """
    checks = tables.checks.set_index("visit_id")
    rows = rows_of_lines(tables)[tables.lines["is_alcohol"].to_numpy()]
    sold = np.zeros(len(tables.visits), dtype=bool)
    sold[rows[rows >= 0]] = True
    sold |= tables.visits["visit_id"].isin(checks.index).to_numpy()
    columns = ["visit_id", "time", "store", "till", "cashier", "age", "age_low", "age_high"]
    sales = tables.visits.loc[sold, columns].reset_index(drop=True)
    bands = AgeBands(tuple(sorted({LEGAL_AGE, max(challenge_age, LEGAL_AGE)})))
    model = fit_bands(tables.distributions[sold], learned, bands)
    older = model.probabilities[:, bands.of(challenge_age) :].sum(axis=1)
    number = checks.index.get_indexer(sales["visit_id"])
    asked = np.append(checks["asked"].to_numpy(bool), False)[number]
    outcome = np.append(checks["outcome"].astype(object).to_numpy(), None)[number]
    sales = sales.assign(
        looked_young=sales["age"] < challenge_age,
        recorded=number >= 0,
        asked=asked,
        outcome=outcome,
        p_minor=model.probabilities[:, 0],
        p_young=1 - older,
    )
    # How sure the share of minors is: their odds in redrawn sales, relative to those found.
    minors = totals(model, np.ones(len(model))).shares() if len(model) else None
    sales.attrs["odds"] = _relative_odds(minors.value, minors.redrawn) if minors else np.ones(1)
    return sales


def shift_of(time: pd.Series) -> pd.Series:
    """Return the shift of each moment: one of `SHIFT_STARTS`."""
    hour = time.dt.hour
    names = np.select([hour >= start for start in SHIFT_STARTS.values()], list(SHIFT_STARTS), "night")
    return pd.Series(names, index=time.index)


def minors_unasked(sales: pd.DataFrame, odds: np.ndarray) -> dict[str, float]:
    """Estimate how many buyers under the age of buying were served without being asked.

    Args:
        sales: some rows of `alcohol_sales`.
        odds: of being a minor in redrawn sales, relative to those found: `sales.attrs["odds"]`.

    Returns:
        `minors`, the expected number, and `minors_low`, `minors_high`: the true number lies
        between them 95 times in 100.
    """
    chance = sales.loc[sales["recorded"] & ~sales["asked"], "p_minor"].to_numpy()
    redrawn = odds[:, None] * chance
    redrawn = redrawn / (1 - chance + redrawn)
    mean, squares = redrawn.sum(axis=1), (redrawn**2).sum(axis=1)
    # A sum of unlike chances is spread nearly as a binomial of the same mean and variance.
    people = np.maximum(np.rint(mean**2 / np.maximum(squares, 1e-12)), np.ceil(mean)).astype(int)
    people = np.maximum(people, 1)
    drawn = np.random.default_rng(0).binomial(people, np.minimum(mean / people, 1), (20, len(odds)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"minors": float(chance.sum()), "minors_low": float(low), "minors_high": float(high)}


def summarise_sales(sales: pd.DataFrame, odds: np.ndarray) -> dict[str, float]:
    """Count sales, buyers who looked young, questions, and minors who were probably served.

    Returns:
        `sales`, `young` (looked under the challenge age), `recorded` (of those), `asked` (of
        those), `rate` (asked of recorded; missing if none was) with `rate_low` and `rate_high`
        (95 % Wilson interval), `asked_others` (looked older), `unrecorded` (of all sales), and
        what `minors_unasked` returns.
    """
    young, recorded, asked = (sales[name] for name in ("looked_young", "recorded", "asked"))
    count, hits = int((young & recorded).sum()), int((young & asked).sum())
    low, high = wilson(hits, count) if count else (np.nan, np.nan)
    return {
        "sales": len(sales),
        "young": int(young.sum()),
        "recorded": count,
        "asked": hits,
        "rate": hits / count if count else np.nan,
        "rate_low": low,
        "rate_high": high,
        "asked_others": int((~young & asked).sum()),
        "unrecorded": int((~recorded).sum()),
        **minors_unasked(sales, odds),
    }


def sales_by_part(sales: pd.DataFrame, by: str) -> pd.DataFrame:
    """Summarise the sales of each part, as `summarise_sales`, in alphabetical or time order.

    Args:
        sales: as `alcohol_sales` returns it.
        by: one of `PARTS`.

    Returns:
        `part` and the figures.
    """
    odds = sales.attrs["odds"]
    parts = sales.groupby(PARTS[by](sales), observed=True, sort=True)
    return pd.DataFrame([{"part": part, **summarise_sales(rows, odds)} for part, rows in parts])


def _relative_odds(value: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """Return the first band's odds in each draw, divided by those found; shape (draws,)."""
    found, drawn = (np.clip(share[..., 0, 0], 1e-9, 1 - 1e-9) for share in (value, redrawn))
    return drawn / (1 - drawn) * (1 - found) / found
