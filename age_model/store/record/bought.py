"""What the lines of receipts come to: all that analyses need of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from age_model.store.record.schema import MONEY_PARTS

ITEMS = ("product", "category", "alcohol")


@dataclass(frozen=True)
class Bought:
    """Sums over the lines of receipts, with and without a visit; each is made on first use.

    Attributes:
        spend: returns one row a receipt with lines, in its order: receipt (int64), amount (sum of
            its lines, in the store's currency).
        items: returns, of one of `ITEMS`, one row a receipt and distinct thing that was paid for:
            receipt (int64), item (categorical; for "alcohol" the word alone). What is returned on
            the same receipt, or given away, is not in it.
        categories: returns the category of each product, text by product.
    """

    spend: Callable[[], pd.DataFrame]
    items: Callable[[str], pd.DataFrame]
    categories: Callable[[], pd.Series]

    @classmethod
    def of(cls, read_lines: Callable[[bool], pd.DataFrame]) -> "Bought":
        """Return the sums over lines as in `StoreTables`."""

        @cache
        def spend() -> pd.DataFrame:
            lines = read_lines(False)
            receipt, place = np.unique(lines["receipt"].to_numpy(), return_inverse=True)
            amount = np.bincount(place, lines["amount"].to_numpy(), minlength=len(receipt))
            return pd.DataFrame({"receipt": receipt, "amount": amount})

        @cache
        def items(kind: str) -> pd.DataFrame:
            lines = read_lines(kind == "alcohol")
            return _paid_for(lines, kind)

        @cache
        def categories() -> pd.Series:
            first = read_lines(False).drop_duplicates("product").set_index("product")
            return first["category"].astype(str)

        return cls(spend, items, categories)


def _paid_for(lines: pd.DataFrame, kind: str) -> pd.DataFrame:
    if kind == "alcohol":
        things = pd.Categorical.from_codes(np.zeros(len(lines), dtype=int), [kind])
    else:
        things = lines[kind].astype("category").cat.as_unordered().array
    kinds = max(len(things.categories), 1)
    receipts = lines["receipt"].to_numpy(np.int64)
    receipt, thing = paid_for(receipts, things.codes, kinds, lines["amount"].to_numpy())
    item = pd.Categorical.from_codes(thing, things.categories)
    return pd.DataFrame({"receipt": receipt, "item": item})


def paid_for(
    receipts: np.ndarray, things: np.ndarray, kinds: int, amounts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each distinct thing on a receipt whose amounts there come to more than nothing.

    Args:
        receipts: of lines, int, shape (n,).
        things: from 0, int, shape (n,).
        kinds: how many things there may be.
        amounts: in the store's currency, shape (n,).

    Returns:
        Receipt and thing, each of shape (m,), in their order.
    """
    pairs = receipts * kinds + things
    order = np.argsort(pairs)
    pairs = pairs[order]
    start = np.flatnonzero(np.diff(pairs, prepend=-1))
    paid = np.add.reduceat(amounts[order], start) if len(start) else np.zeros(0)
    pairs = pairs[start[paid > 0.5 / MONEY_PARTS]]  # floats: a sum of 0 may be slightly more
    receipt = pairs // kinds
    return receipt, pairs - receipt * kinds
