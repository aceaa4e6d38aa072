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
    pairs, place = np.unique(receipts * kinds + things.codes, return_inverse=True)
    paid = np.bincount(place, lines["amount"].to_numpy(), minlength=len(pairs))
    pairs = pairs[paid > 0.5 / MONEY_PARTS]  # floats: a sum of 0 may be slightly more
    item = pd.Categorical.from_codes(pairs % kinds, things.categories)
    return pd.DataFrame({"receipt": pairs // kinds, "item": item})
