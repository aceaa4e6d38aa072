"""Restricted goods as a table to edit."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from age_model.i18n.translate import tr
from age_model.store.goods_words import ALCOHOL, ENERGY, TOBACCO, restricted_kind

if TYPE_CHECKING:
    from age_model.store.record.restricted_goods import GoodsLists, Restricted

    Lists = Mapping[str, Sequence[Restricted]]

COLUMNS = ("goods", "regions", "stores", "categories", "minimum_age", "sold_from", "sold_until")
USUAL = (ALCOHOL, TOBACCO, ENERGY)  # offered to who has none


def as_table(
    lists: "GoodsLists", offered_to: Sequence[str] = (), known: Sequence[str] = ()
) -> pd.DataFrame:
    """Return goods as a table to edit; without any, the usual ones, which are not saved yet.

    Args:
        lists: the goods of stores and regions.
        offered_to: the stores for which the usual goods are offered; none: for everywhere.
        known: categories on receipts, among which those of the usual goods are guessed.

    Returns:
        The columns `COLUMNS`. Goods that are restricted alike at some places are one row, but what
        holds everywhere is a row of its own, without `regions` and `stores`.
    """
    from age_model.store.record.restricted_goods import EVERYWHERE

    of_regions = {name: goods for name, goods in lists.by_region.items() if name != EVERYWHERE}
    rows = [_row(one, [], []) for one in lists.by_region.get(EVERYWHERE, ())]
    rows += [_row(one, regions, []) for one, regions in _places(of_regions).items()]
    rows += [_row(one, [], stores) for one, stores in _places(lists.by_store).items()]
    rows.sort(key=lambda row: (row["goods"], row["regions"], row["stores"]))
    usual: list[dict[str, Any]] = [
        {"goods": tr(name), "categories": _guessed(name, known), "minimum_age": 18,
         "sold_from": None, "sold_until": None, "regions": [], "stores": list(offered_to)}
        for name in USUAL
    ]  # fmt: skip
    return pd.DataFrame(rows or usual).astype({"sold_from": object, "sold_until": object})


def _places(by_place: "Lists") -> "dict[Restricted, list[str]]":
    """Return where goods are restricted alike."""
    where: dict[Restricted, list[str]] = {}
    for place, goods in by_place.items():
        for one in goods:
            where.setdefault(one, []).append(place)
    return where


def _row(one: "Restricted", regions: list[str], stores: list[str]) -> dict[str, Any]:
    categories = ", ".join(one.categories)
    return one._asdict() | {"categories": categories, "regions": regions, "stores": stores}


def _guessed(goods: str, known: Sequence[str]) -> str:
    found = [name for name in known if restricted_kind(name) == goods and "," not in name]
    return ", ".join(found) or tr(goods)


def from_table(table: pd.DataFrame, stores: Sequence[str]) -> "GoodsLists":
    """Return the goods of a manager's stores and of regions from the edited table of `as_table`.

    Args:
        table: of `as_table`.
        stores: all of the manager's.
    """
    from age_model.store.record.restricted_goods import EVERYWHERE, GoodsLists

    by_store: dict[str, list[Restricted]] = {store: [] for store in stores}
    by_region: dict[str, list[Restricted]] = {}
    for row in table.to_dict("records"):
        goods, in_regions, in_stores = _goods_of(row), _names(row["regions"]), _names(row["stores"])
        for region in in_regions or ([] if in_stores else [EVERYWHERE]):
            by_region.setdefault(region, []).append(goods)
        for store in in_stores:
            by_store[store].append(goods)
    return GoodsLists(by_store, by_region)


def _goods_of(row: Mapping[Hashable, Any]) -> "Restricted":
    from age_model.store.record.restricted_goods import Restricted

    categories = (part.strip() for part in str(row["categories"] or "").split(","))
    times = (_time_of(row[name]) for name in ("sold_from", "sold_until"))
    return Restricted(
        str(row["goods"] or "").strip(),
        tuple(dict.fromkeys(filter(None, categories))),
        int(row["minimum_age"] or 0) if pd.notna(row["minimum_age"]) else 0,
        *times,
    )


def _time_of(cell: object) -> time | None:
    """Return the time of day in a cell, of a type that depends on the rest of its column."""
    if isinstance(cell, str):  # as the browser sent it, where the column has no time yet
        return time.fromisoformat(cell)
    if isinstance(cell, datetime):
        return cell.time() if pd.notna(cell) else None
    return cell if isinstance(cell, time) else None


def _names(cell: object) -> list[str]:
    return list(cell) if isinstance(cell, (list, tuple, np.ndarray)) else []


def changes(before: "GoodsLists", after: "GoodsLists") -> "tuple[Lists, Lists]":
    """Return the lists of stores, and those of regions, that differ."""

    def differing(old: "Lists", new: "Lists") -> "Lists":
        return {
            name: new.get(name, ())
            for name in sorted({*old, *new})
            if set(new.get(name, ())) != set(old.get(name, ()))
        }

    return differing(before.by_store, after.by_store), differing(before.by_region, after.by_region)
