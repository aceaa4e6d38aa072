"""A demonstration month of an invented store, with planted effects to be found.

The estimate of each visit is that of the shipped model for a test photo of (nearly) the buyer's
age, so that errors and ranges are the measured ones.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from age_model.ages import CHALLENGE_AGE, CLEARLY_ADULT, LEGAL_AGE, under_column
from age_model.release import released
from age_model.store.demo.goods import ALCOHOL, GOODS, LOVED, taste
from age_model.store.demo.photos import photos_like
from age_model.store.record.read import NO_RECEIPT, StoreTables
from age_model.store.record.schema import OUTCOMES
from age_model.store.record.select import DEMO_STORES

START = pd.Timestamp(2026, 6, 1)
DAYS = 30
TILLS = 3  # in each store
SHIFTS = ((8, 15), (15, 22))  # hours
# Share of the buyers from each age; ages within a band are equally likely.
BUYERS = {14: 0.03, 18: 0.12, 25: 0.20, 35: 0.20, 45: 0.17, 55: 0.15, 65: 0.13, 91: 0.0}
DILIGENCE = (0.88, 0.94)  # probability that a cashier asks when the app says so
ASKED_ANYWAY = 0.03  # of those who need not be asked
NO_ID_WITH_THEM = 0.04  # of the adults who were asked
ALCOHOL_VISITS = 0.12  # of the adults' visits, and half that of the others
NO_RECEIPT_KNOWN = 0.03  # of the visits
MORE_LINES = 4.0  # on a receipt beside the first, on average


class _Rota(NamedTuple):
    """Numbers of store, till and cashier, and the time; one entry a visit."""

    store: np.ndarray
    till: np.ndarray
    cashier: np.ndarray
    time: np.ndarray


def demo_month(
    seed: int, visits: int = 60_000, culprit: bool = True
) -> tuple[StoreTables, pd.DataFrame]:
    """Generate the month; the same arguments give the same month.

    Cashiers follow the app: they nearly always ask buyers who look younger than the challenge
    age, by the estimate, and rarely others. Buyers under 18 who are asked are refused, and the
    alcohol is not on the receipt. Each visit with alcohol has a check.

    Args:
        seed: of all random numbers.
        visits: how many; there are about five receipt lines for each.
        culprit: whether one of the 20 cashiers asks half as often, see `planted_truth`.

    Returns:
        The store's data, and the ground truth: visit_id, true_age (int, years), in the order
        of the visits.
    """
    rng = np.random.default_rng([seed, 0])
    rota = _rota(rng, visits)
    ages = _ages(rng, visits)
    photos = photos_like(ages, rng)
    wanted = rng.random(visits) < np.where(ages < LEGAL_AGE, 0.5, 1.0) * ALCOHOL_VISITS
    habits = planted_truth(seed, culprit)["asks_when_told"]
    should_ask = photos.age < CHALLENGE_AGE
    asks = np.array(list(habits.values()))[rota.cashier]
    asked = wanted & (rng.random(visits) < np.where(should_ask, asks, ASKED_ANYWAY))
    refused = asked & ((ages < LEGAL_AGE) | (rng.random(visits) < NO_ID_WITH_THEM))
    visit_id = np.arange(1, visits + 1)
    receipt = np.where(rng.random(visits) < NO_RECEIPT_KNOWN, NO_RECEIPT, visit_id)
    table = pd.DataFrame(
        {
            "visit_id": visit_id,
            "time": rota.time,
            "store": _named(list(DEMO_STORES), rota.store),
            "till": _named([str(number + 1) for number in range(TILLS)], rota.till),
            "cashier": _named(list(habits), rota.cashier),
            "receipt": receipt,
            "age": photos.age,
            "age_low": photos.low,
            "age_high": photos.high,
            under_column(LEGAL_AGE): photos.p_under_18,
            under_column(CLEARLY_ADULT): photos.p_under_25,
            "model_version": _named([released().version], np.zeros(visits, int)),
        }
    )
    outcome = np.select([refused, asked], [1, 0], 2)[wanted]  # places in OUTCOMES
    checks = pd.DataFrame(
        {
            "visit_id": visit_id[wanted],
            "asked": asked[wanted],
            "outcome": _named(list(OUTCOMES), outcome),
        }
    )
    lines = _lines(rng, receipt, ages, wanted & ~refused)
    truth = pd.DataFrame({"visit_id": visit_id, "true_age": ages})
    return StoreTables.of(table, photos.distributions, lines, checks), truth


def planted_truth(seed: int, culprit: bool = True) -> dict[str, Any]:
    """Return the effects planted in the month of a seed.

    Returns:
        `culprit`, the cashier who asks half as often, or None; `asks_when_told`, each cashier's
        probability of asking when the app says so; `loved`, the products that an age group buys
        more often, with its first and last age and how many times as often; `challenge_age`,
        years.
    """
    rng = np.random.default_rng([seed, 1])
    names = [f"Cashier {number:02}" for number in range(1, sum(DEMO_STORES.values()) + 1)]
    asks = rng.uniform(*DILIGENCE, len(names)).round(3)
    guilty = int(rng.integers(len(names)))
    if culprit:
        asks[guilty] = round(asks[guilty] / 2, 3)
    return {
        "culprit": names[guilty] if culprit else None,
        "asks_when_told": dict(zip(names, asks.tolist(), strict=True)),
        "loved": [love._asdict() for love in LOVED],
        "challenge_age": CHALLENGE_AGE,
    }


def _rota(rng: np.random.Generator, visits: int) -> _Rota:
    weekday = (START.day_of_week + np.arange(DAYS)) % 7
    busy = np.where(weekday >= 4, 1.4, 1.0)  # Friday to Sunday
    day = rng.choice(DAYS, visits, p=busy / busy.sum())
    shift = rng.choice(len(SHIFTS), visits, p=[0.4, 0.6])
    till = rng.choice(TILLS, visits)
    store = rng.choice(len(DEMO_STORES), visits, p=[0.4, 0.35, 0.25])
    first, last = np.array(SHIFTS).T * 3600.0
    second = np.floor(rng.uniform(first[shift], last[shift]))
    time = START.to_datetime64() + (day * 86400 + second).astype("timedelta64[s]")
    # No two buyers at one till in the same second.
    order = np.lexsort((till, store, time))
    time = time[order].astype("datetime64[ns]") + rng.integers(0, 10**6, visits) * 1000
    day, shift, till, store = day[order], shift[order], till[order], store[order]
    # Each shift of a day has as many of the store's cashiers as there are tills.
    first_cashier = 0
    cashier = np.zeros(visits, int)
    for number, staff in enumerate(DEMO_STORES.values()):
        seats = np.array([rng.permutation(staff)[: TILLS * len(SHIFTS)] for _ in range(DAYS)])
        here = store == number
        seat = shift[here] * TILLS + till[here]
        cashier[here] = first_cashier + seats[day[here], seat]
        first_cashier += staff
    order = np.argsort(time, kind="stable")
    return _Rota(store[order], till[order], cashier[order], time[order])


def _ages(rng: np.random.Generator, visits: int) -> np.ndarray:
    starts = np.array(list(BUYERS))
    band = rng.choice(len(starts) - 1, visits, p=list(BUYERS.values())[:-1])
    return rng.integers(starts[band], starts[band + 1])


def _lines(
    rng: np.random.Generator, receipt: np.ndarray, ages: np.ndarray, alcohol: np.ndarray
) -> pd.DataFrame:
    """Fill the baskets.

    Args:
        rng: random numbers.
        receipt: keys of the receipts, shape (visits,).
        ages: of the buyers, shape (visits,), years.
        alcohol: whether a basket holds a line of alcohol, bool, shape (visits,).
    """
    known = receipt != NO_RECEIPT
    count = (1 + rng.poisson(MORE_LINES, len(receipt))) * known
    visit = np.repeat(np.arange(len(receipt)), count)
    product = taste(ages[visit], rng)
    bottles = np.flatnonzero(alcohol & known)
    visit = np.concatenate([visit, bottles])
    product = np.concatenate([product, rng.choice(ALCOHOL, len(bottles))])
    order = np.argsort(visit, kind="stable")
    visit, product = visit[order], product[order]
    by_weight = np.array([item.by_weight for item in GOODS])[product]
    pieces = 1 + (rng.random(len(product)) < 0.2)
    quantity = np.where(by_weight, rng.uniform(0.2, 2.0, len(product)).round(3), pieces)
    price = np.array([item.price for item in GOODS])[product]
    categories = sorted({item.category for item in GOODS})
    category = np.array([categories.index(item.category) for item in GOODS])[product]
    return pd.DataFrame(
        {
            "receipt": receipt[visit],
            "product": _named([item.name for item in GOODS], product),
            "category": _named(categories, category),
            "quantity": quantity,
            "amount": (price * quantity).round(2),
            "is_alcohol": np.isin(product, ALCOHOL),
        }
    )


def _named(names: list[str], numbers: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(numbers, categories=names)
