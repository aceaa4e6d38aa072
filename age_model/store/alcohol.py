"""Sales of alcohol: who looked young, who was asked for ID, how many minors were served unasked.

A sale is a visit whose receipt has a line of alcohol, or that has an ID check: a sale that was
refused has no such line.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from age_model.gate import LEGAL_AGE
from age_model.metrics import wilson
from age_model.store.bands import AgeBands
from age_model.store.counting import BandModel, fit_bands
from age_model.store.mixture import MeasuredErrors
from age_model.store.purchases import PARTS as PURCHASE_PARTS
from age_model.store.purchases import rows_of_lines
from age_model.store.tables import StoreTables

SHIFT_STARTS = {"night": 22, "evening": 15, "morning": 6}  # hours; before 6 it is still night

_NEGLIGIBLE = 1e-5  # chances below do not change a sum of thousands

PARTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    **{name: PURCHASE_PARTS[name] for name in ("day", "week", "store")},
    "till": lambda sales: sales["store"].astype(str) + " · " + sales["till"].astype(str),
    "shift": lambda sales: shift_of(sales["time"]),
    "cashier": lambda sales: sales["cashier"].astype(object),
}
"""What sales can be parted by; those of an unknown cashier are in no part."""


@dataclass(frozen=True)
class AlcoholSales:
    """Sales of alcohol.

    Attributes:
        table: one row a sale, in the order of time: `visit_id`, `time`, `store`, `till`, `cashier`,
            `age`, `age_low`, `age_high` (years), `looked_young` (whether the estimate lies under
            the challenge age), `recorded` (whether a check was), `asked`, `outcome`, and the
            probabilities to be really under the ages of buying and of the challenge, `p_minor` and
            `p_young`, in a crowd of the ages of these buyers. (The model's own `p_under_18` holds
            for a crowd like its photos', which has more children than buy alcohol.)
        odds: how sure the share of minors is: their odds when sales and test photos are drawn anew,
            divided by those found, shape (draws,).
    """

    table: pd.DataFrame
    odds: np.ndarray

    def __len__(self) -> int:
        return len(self.table)


def alcohol_sales(tables: StoreTables, errors: MeasuredErrors, challenge_age: int) -> AlcoholSales:
    """Gather the sales of alcohol.

    Args:
        tables: of a time and of stores.
        errors: of the model that made the estimates.
        challenge_age: who looks younger is to be asked, years.
    """
    checks = tables.checks.set_index("visit_id")
    rows = rows_of_lines(tables)[tables.lines["is_alcohol"].to_numpy()]
    sold = np.zeros(len(tables.visits), dtype=bool)
    sold[rows[rows >= 0]] = True
    sold |= tables.visits["visit_id"].isin(checks.index).to_numpy()
    columns = ["visit_id", "time", "store", "till", "cashier", "age", "age_low", "age_high"]
    table = tables.visits.loc[sold, columns].reset_index(drop=True)
    bands = AgeBands(tuple(sorted({LEGAL_AGE, max(challenge_age, LEGAL_AGE)})))
    ages = tables.visits["age"].to_numpy()[sold]
    model = fit_bands(ages, tables.distributions[sold], errors, bands)
    older = model.probabilities[:, bands.of(challenge_age) :].sum(axis=1)
    number = checks.index.get_indexer(table["visit_id"])
    asked = np.append(checks["asked"].to_numpy(bool), False)[number]
    outcome = np.append(checks["outcome"].astype(object).to_numpy(), np.array([None]))[number]
    table = table.assign(
        looked_young=table["age"] < challenge_age,
        recorded=number >= 0,
        asked=asked,
        outcome=outcome,
        p_minor=model.probabilities[:, 0],
        p_young=1 - older,
    )
    return AlcoholSales(table, _relative_odds(model))


def shift_of(time: pd.Series) -> pd.Series:
    """Return the shift of each moment: one of `SHIFT_STARTS`."""
    hour = time.dt.hour
    names = np.select(
        [hour >= start for start in SHIFT_STARTS.values()], list(SHIFT_STARTS), "night"
    )
    return pd.Series(names, index=time.index)


def redrawn_chances(chances: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Return chances of being a minor as they would be with other odds: shape (draws, n).

    Args:
        chances: shape (n,).
        odds: as in `AlcoholSales`, shape (draws,).
    """
    weighed = odds[:, None] * chances
    return weighed / (1 - chances + weighed)


def minors_unasked(sales: AlcoholSales) -> dict[str, float]:
    """Estimate how many buyers under the age of buying were served without being asked.

    Returns:
        `minors`, the expected number, and `minors_low`, `minors_high`: the true number lies
        between them 95 times in 100.
    """
    table = sales.table
    chance = table.loc[table["recorded"] & ~table["asked"], "p_minor"].to_numpy()
    likely = chance[chance > _NEGLIGIBLE]
    redrawn = redrawn_chances(likely, sales.odds)
    mean, squares = redrawn.sum(axis=1), (redrawn**2).sum(axis=1)
    # A sum of unlike chances is spread nearly as a binomial of the same mean and variance.
    people = np.rint(mean**2 / np.maximum(squares, 1e-12))
    people = np.maximum(people, np.ceil(mean) + 1).astype(int)
    drawn = np.random.default_rng(0).binomial(people, mean / people, (20, len(mean)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"minors": float(chance.sum()), "minors_low": float(low), "minors_high": float(high)}


def summarise_sales(sales: AlcoholSales) -> dict[str, float]:
    """Count sales, buyers who looked young, questions, and minors who were probably served.

    Returns:
        `sales`, `young` (looked under the challenge age), `recorded` (of those), `asked` (of
        those), `rate` (asked of recorded; missing if none was) with `rate_low` and `rate_high`
        (95 % Wilson interval), `asked_others` (looked older), `unrecorded` (of all sales), and
        what `minors_unasked` returns.
    """
    young, recorded, asked = (sales.table[name] for name in ("looked_young", "recorded", "asked"))
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
        **minors_unasked(sales),
    }


def sales_by_part(sales: AlcoholSales, by: str) -> pd.DataFrame:
    """Summarise the sales of each part, as `summarise_sales`, in alphabetical or time order.

    Args:
        sales: to be parted.
        by: one of `PARTS`.

    Returns:
        `part` and the figures.
    """
    parts = sales.table.groupby(PARTS[by](sales.table), observed=True, sort=True)
    return pd.DataFrame(
        [{"part": part, **summarise_sales(AlcoholSales(rows, sales.odds))} for part, rows in parts]
    )


def _relative_odds(model: BandModel) -> np.ndarray:
    """Return the odds of the youngest band in each draw, divided by those found."""
    found = np.clip(model.probabilities[:, 0].sum() / max(len(model), 1), 1e-6, 1 - 1e-6)
    drawn = np.clip(model.sizes[:, 0] / max(len(model), 1), 1e-6, 1 - 1e-6)
    return drawn / (1 - drawn) * (1 - found) / found
