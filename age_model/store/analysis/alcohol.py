"""Alcohol sales: who looked young, who was asked for ID, how many minors were served unasked.

A sale is a visit whose receipt has alcohol that was not returned, or that has an ID check: a
refused sale has none on its receipt.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from age_model.ages import LEGAL_AGE, OLDEST_CHALLENGE_AGE, under_column
from age_model.evaluation.age_gate import rule_errors
from age_model.evaluation.metrics import wilson
from age_model.predict.id_rule import AskRule
from age_model.store.analysis.purchases import PARTS as PURCHASE_PARTS
from age_model.store.analysis.purchases import baskets
from age_model.store.analysis.store_rules import StoreRules
from age_model.store.record.read import StoreTables
from age_model.store.record.read_months import LongTables
from age_model.store.record.select import Tables
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.under_limit import under_limit

SHIFT_STARTS = {"night": 22, "evening": 15, "morning": 6}  # hours; before 6 it is still night

_KEPT = [
    *("visit_id", "time", "store", "till", "cashier", "age", "age_low", "age_high"),
    under_column(LEGAL_AGE),
]
_COUNTED = ["looked_young", "recorded", "asked", "p_minor", "cell"]
_ROWS_AT_ONCE = 10_000
FEWEST_CHECKS = 10  # of buyers who looked young: fewer make no rate
_NEGLIGIBLE = 1e-5  # smaller probabilities do not change a sum of thousands

PARTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    **{name: PURCHASE_PARTS[name] for name in ("day", "week")},
    "store": lambda sales: sales["store"].astype(object),
    "till": lambda sales: sales["store"].astype(str) + " · " + sales["till"].astype(str),
    "shift": lambda sales: shift_of(sales["time"]),
    "cashier": lambda sales: sales["cashier"].astype(object),
}
"""What sales can be grouped by; those of an unknown cashier are in no group."""


@dataclass(frozen=True)
class AlcoholSales:
    """Sales of alcohol.

    Attributes:
        table: one row a sale, in the order of time: `visit_id`, `time`, `store`, `till`, `cashier`
            (with the store, where several stores have a cashier of that name), `age`, `age_low`,
            `age_high` (years), `p_under_18`, `looked_young` (by the store's rule),
            `recorded` (whether there is a check), `asked`, and `p_minor`, the probability of being
            under the legal age given the age mix of these buyers. (The model's own `p_under_18`
            applies to the age mix of its photos, which has more children than buy alcohol.)
            `cell` is the sale's column of `odds`.
        odds: as in `UnderLimit`.
    """

    table: pd.DataFrame
    odds: np.ndarray

    def __len__(self) -> int:
        return len(self.table)


def alcohol_sales(tables: Tables, errors: Lookup, rule: AskRule | StoreRules) -> AlcoholSales:
    """Gather the sales of alcohol.

    Args:
        tables: of a time and of stores.
        errors: gives the measured errors of a model version, or None.
        rule: for asking for ID, of each store or one for all.
    """
    buyers = tables.alcohol_sales() if isinstance(tables, LongTables) else _buyers(tables)
    minors = under_limit(buyers, errors, LEGAL_AGE)
    recorded = buyers["outcome"].notna().to_numpy()
    table = buyers[_KEPT].assign(
        cashier=_people(buyers),
        looked_young=rule.finds_young(buyers),
        recorded=recorded,
        asked=recorded & (buyers["outcome"] != "not asked").to_numpy(),
        p_minor=minors.chances,
        cell=minors.cell,
    )
    return AlcoholSales(table, minors.odds)


def _buyers(tables: StoreTables) -> pd.DataFrame:
    """Return what `LongTables.alcohol_sales` does."""
    outcome = tables.checks.set_index("visit_id")["outcome"]
    rows, *_ = baskets(tables, "alcohol")
    sold = np.isin(tables.visits["visit_id"].to_numpy(), outcome.index.to_numpy())
    sold[rows] = True
    buyers = tables.visits[sold].reset_index(drop=True)
    return buyers.assign(outcome=buyers["visit_id"].map(outcome))


def _people(table: pd.DataFrame) -> pd.Categorical:
    """Return the cashiers; those of one name in two stores are treated as two people."""
    cashier, store = table["cashier"].cat, table["store"].cat
    known = cashier.codes.to_numpy() >= 0
    pair = cashier.codes.to_numpy(int) * len(store.categories) + store.codes.to_numpy()
    pairs, number = np.unique(pair[known], return_inverse=True)
    of_cashier, of_store = np.divmod(pairs, max(len(store.categories), 1))
    stores = np.bincount(of_cashier)
    labels = [
        f"{cashier.categories[one]} · {store.categories[at]}"
        if stores[one] > 1
        else str(cashier.categories[one])
        for one, at in zip(of_cashier, of_store, strict=True)
    ]
    names, place = np.unique(np.array(labels, dtype=object), return_inverse=True)
    codes = np.full(len(table), -1)
    codes[known] = place[number]
    return pd.Categorical.from_codes(codes, names)


def shift_of(time: pd.Series) -> pd.Series:
    """Return the shift of each moment: one of `SHIFT_STARTS`."""
    hour = time.dt.hour
    names = np.select(
        [hour >= start for start in SHIFT_STARTS.values()], list(SHIFT_STARTS), "night"
    )
    return pd.Series(names, index=time.index)


def resampled_chances(chances: np.ndarray, cell: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Return probabilities of being a minor under resampled odds, shape (draws, n).

    Args:
        chances, cell, odds: as in `UnderLimit`.
    """
    weighed = odds[:, cell] * chances
    return weighed / (1 - chances + weighed)


def _some_at_once(rows: np.ndarray) -> list[np.ndarray]:
    """Divide rows, so that what is resampled of some stays small."""
    return np.array_split(rows, len(rows) // _ROWS_AT_ONCE + 1)


def minors_unasked(sales: AlcoholSales) -> dict[str, float]:
    """Estimate how many buyers under the legal age were served without being asked.

    Returns:
        `minors`, the expected number, and `minors_low`, `minors_high`: the true number lies
        between them about nine times in ten, as benchmarks/store_minors.py measures it.
    """
    table = sales.table
    unasked = table["recorded"].to_numpy() & ~table["asked"].to_numpy()
    chance = table["p_minor"].to_numpy()[unasked]
    likely = chance > _NEGLIGIBLE
    drawn_from = chance[likely], table["cell"].to_numpy()[unasked][likely]
    mean, squares = np.zeros((2, len(sales.odds)))
    for some, cell in zip(*map(_some_at_once, drawn_from), strict=True):
        resampled = resampled_chances(some, cell, sales.odds)
        mean += resampled.sum(axis=1)
        squares += (resampled**2).sum(axis=1)
    # A sum of unequal Bernoulli variables is nearly a binomial of the same mean and variance.
    people = np.rint(mean**2 / np.maximum(squares, 1e-12))
    people = np.maximum(people, np.ceil(mean) + 1).astype(int)
    drawn = np.random.default_rng(0).binomial(people, mean / people, (20, len(mean)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"minors": float(chance.sum()), "minors_low": float(low), "minors_high": float(high)}


def summarise_sales(sales: AlcoholSales) -> dict[str, float]:
    """Count sales, buyers who looked young, questions, and minors who were probably served.

    Returns:
        `sales`, `young` (looked young), `recorded` (of those), `asked` (of
        those), `rate` (asked of recorded; missing if none was) with `rate_low` and `rate_high`
        (95 % Wilson interval), `asked_others` (looked older), `unrecorded` (of all sales), and
        what `minors_unasked` returns.
    """
    young, recorded, asked = (
        sales.table[name].to_numpy() for name in ("looked_young", "recorded", "asked")
    )
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
        sales: to group.
        by: one of `PARTS`.

    Returns:
        `part` and the metrics.
    """
    counted = sales.table[_COUNTED]  # fewer columns are divided faster
    parts = counted.groupby(PARTS[by](sales.table), observed=True, sort=True)
    return pd.DataFrame(
        [{"part": part, **summarise_sales(AlcoholSales(rows, sales.odds))} for part, rows in parts]
    )


def what_if(sales: AlcoholSales, photos: pd.DataFrame, rule: AskRule) -> pd.DataFrame:
    """Estimate the outcome if everybody who looks young by a rule, and nobody else, were asked.

    Args:
        sales: at least one.
        photos: the predictions table of the test photos of the model that will ask.
        rule: of which only the challenge age changes.

    Returns:
        One row each of the ages that a store may choose: `age`, `questions` (share of these sales)
        and `minors` (expected number among them who would pass unasked) with `minors_low` and
        `minors_high` (95 % interval of that expectation), and as measured on the photos
        `false_pass` (share of the `n_minors` people aged 14 to 17 who pass) and `false_challenge`
        (share of people aged 25 to 34 who are asked), each with the ends of its 95 % interval.
    """
    ages = range(LEGAL_AGE, OLDEST_CHALLENGE_AGE + 1)
    others = [replace(rule, challenge_age=age) for age in ages]
    asked = np.stack([other.finds_young(sales.table) for other in others])
    rows = []
    for age, other, expected in zip(ages, others, _if_asked(sales, asked), strict=True):
        measured = rule_errors(photos, other)
        rows.append(
            {
                "age": age,
                **expected,
                **{
                    f"{error}{end}": measured[f"{error}{end}"]
                    for error in ("false_pass", "false_challenge")
                    for end in ("", "_low", "_high")
                },
                "n_minors": measured["n_minors"],
            }
        )
    return pd.DataFrame(rows)


def if_rules_were_kept(sales: AlcoholSales) -> dict[str, float]:
    """Estimate the outcome if everybody who looked young, and nobody else, were asked.

    Returns:
        `questions`, `minors`, `minors_low` and `minors_high` of `what_if`, by the rules that the
        sales were gathered with.
    """
    (expected,) = _if_asked(sales, sales.table["looked_young"].to_numpy()[None])
    return expected


def _if_asked(sales: AlcoholSales, asked: np.ndarray) -> list[dict[str, float]]:
    """Return `questions` and the minors who pass of `what_if`.

    Args:
        sales: N of them.
        asked: who would be asked by each of R rules, bool, shape (R, N).
    """
    chances, cell = (sales.table[name].to_numpy() for name in ("p_minor", "cell"))
    resampled = np.zeros((len(sales.odds), len(asked)))
    for some, cells, of_some in zip(*map(_some_at_once, (chances, cell, ~asked.T)), strict=True):
        resampled += resampled_chances(some, cells, sales.odds) @ of_some
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return [
        {
            "questions": float(asked[rule].mean()),
            "minors": float(chances[~asked[rule]].sum()),
            "minors_low": float(low[rule]),
            "minors_high": float(high[rule]),
        }
        for rule in range(len(asked))
    ]
