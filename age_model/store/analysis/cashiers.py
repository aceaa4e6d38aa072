"""Whether a cashier asks young-looking buyers of alcohol for ID as often as the store wants.

A few sales are weak evidence about a person. A cashier's rate is therefore shrunk towards the
store's usual rate, the more the fewer sales there are (partial pooling); what is reported is the
probability that it is below the store's standard; and the list of cashiers has a low false
discovery rate. Nobody is ranked: tables are in the order of names.
"""

import numpy as np
import pandas as pd

from age_model.store.analysis.alcohol import FEWEST_CHECKS
from age_model.store.statistics.false_discovery_rate import likely_true

RATES = (np.arange(400) + 0.5) / 400  # on which posteriors are computed
MEANS = np.linspace(0.02, 0.98, 49)  # of the cashiers' rates, uniform prior
ALIKE = np.geomspace(2, 500, 13)  # concentration of the cashiers' rates, in buyers, uniform prior
# Prior share of cashiers with any rate: otherwise one who rarely asks would be shrunk too much.
UNUSUAL = 0.05
USUAL_PART = 0.9  # of the usual rate: the standard where the store sets none
_PULL = 2  # buyers at the usual rate, added to each year of age, for years with few buyers


def usual_standard(*sales: pd.DataFrame) -> float | None:
    """Return a default standard: nine tenths of the usual rate, rounded to 5 %.

    Args:
        sales: tables of `alcohol.AlcoholSales`, with or without the names of cashiers.

    Returns:
        None where too few checks are recorded to say what is usual.
    """
    asked = [table.loc[table["looked_young"] & table["recorded"], "asked"] for table in sales]
    count = sum(map(len, asked))
    if count < FEWEST_CHECKS:
        return None
    usual = sum(int(each.sum()) for each in asked) / count
    return float(np.clip(round(USUAL_PART * usual * 20) / 20, 0.05, 0.95))


def compare_cashiers(sales: pd.DataFrame, standard: float) -> pd.DataFrame:
    """Compare each cashier's rate of asking with the store's standard.

    Only buyers who looked under the challenge age count: they should have been asked. Rates are
    adjusted for the buyers' ages, since everybody asks some less often, such as those just under
    the challenge age.

    Args:
        sales: the table of `alcohol.AlcoholSales`.
        standard: share of these buyers that should be asked, 0..1.

    Returns:
        One row a cashier, in the order of names: `cashier`, `buyers` (who looked young), `asked`
        (of them), `rate` (shrunk towards the usual one), `rate_low`, `rate_high` (95 % interval),
        `below` (the probability that it lies below the standard) and `talk` (whether a
        conversation is worth it).
    """
    seen = _seen(sales)
    columns = ["cashier", "buyers", "asked", "rate", "rate_low", "rate_high", "below", "talk"]
    if seen.empty:
        return pd.DataFrame(columns=columns)
    evidence = _evidence(seen)
    posterior = pooled(evidence["hits"].to_numpy(), evidence["size"].to_numpy())
    cumulative = posterior.cumsum(axis=1)
    ends = [
        RATES[(cumulative < level).sum(axis=1).clip(max=len(RATES) - 1)] for level in (0.025, 0.975)
    ]
    below = posterior[:, standard > RATES].sum(axis=1)
    table = evidence.assign(
        rate=posterior @ RATES,
        rate_low=ends[0],
        rate_high=ends[1],
        below=below,
        talk=likely_true(1 - below),
    )
    return table.reset_index()[columns]


def pooled(hits: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the posterior over `RATES` of each cashier, shape (C, len(RATES)).

    A hierarchical model: the rates come from a beta distribution with unknown mean and
    concentration, mixed with a small uniform part; mean and concentration are integrated out.

    Args:
        hits: how many were asked, shape (C,); need not be whole.
        size: of how many, shape (C,).
    """
    mean, alike = (grid.ravel() for grid in np.meshgrid(MEANS, ALIKE))
    a, b = (mean * alike)[:, None], ((1 - mean) * alike)[:, None]
    shape = (a - 1) * np.log(RATES) + (b - 1) * np.log1p(-RATES)
    prior = np.exp(shape - shape.max(axis=1, keepdims=True))
    prior /= prior.sum(axis=1, keepdims=True)  # (widths and means, rates)
    prior = (1 - UNUSUAL) * prior + UNUSUAL / len(RATES)
    fits = hits[:, None] * np.log(RATES) + (size - hits)[:, None] * np.log1p(-RATES)
    likelihood = np.exp(fits - fits.max(axis=1, keepdims=True))  # (C, rates)
    explained = prior @ likelihood.T  # (widths and means, C)
    evidence = np.log(explained).sum(axis=1)
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    mixed = (weight[:, None] / explained).T @ prior  # (C, rates)
    return mixed * likelihood


def _seen(sales: pd.DataFrame) -> pd.DataFrame:
    known = sales["looked_young"] & sales["recorded"] & sales["cashier"].notna()
    return sales[known]


def _evidence(seen: pd.DataFrame) -> pd.DataFrame:
    """Return `hits` of `size` for each cashier: an equivalent binomial count.

    The rate is the usual one times asked over expected; the size is that of a binomial with the
    same variance.
    """
    asked = seen["asked"].to_numpy(float)
    usual = (asked.sum() + 1) / (len(asked) + 2)
    years = np.floor(seen["age"].to_numpy()).astype(int)
    years -= years.min()
    expected = (np.bincount(years, asked) + _PULL * usual) / (np.bincount(years) + _PULL)
    table = pd.DataFrame(
        {
            "cashier": seen["cashier"].astype(str).to_numpy(),
            "buyers": 1,
            "asked": asked.astype(int),
            "expected": expected[years],
            "spread": (expected * (1 - expected))[years],
        }
    )
    sums = table.groupby("cashier", sort=True).sum()
    size = (1 - usual) / usual * sums["expected"] ** 2 / sums["spread"]
    rate = (usual * sums["asked"] / sums["expected"]).clip(upper=1)
    return sums.assign(hits=rate * size, size=size)
