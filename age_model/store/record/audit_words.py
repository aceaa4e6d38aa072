"""What the audit log's entries tell in detail: as a sentence, and as columns of a table."""

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any

import pandas as pd

from age_model.i18n.dates import day_in_digits
from age_model.i18n.message import Sentence, mark
from age_model.i18n.translate import tr
from age_model.store.record.audit_log import Event

COLUMNS = (  # of a table, in this order, before any others: the details that entries have
    "file", "kind", "rows", "first", "last", "till", "cashier", "active", "visit", "challenge_age",
    "may_pass", "links_days", "visits_days", "confirmed", "links", "visits",
)  # fmt: skip
DAYS = {"first", "last"}  # details that are days
KINDS = {
    "receipts": mark("Receipts"),
    "visits": mark("Visits"),
    "photos": mark("Photos of a checkout camera"),
    "demonstration": mark("Demonstration month"),
}
_OF_ANY = (  # what is said of events that have no sentences of their own
    mark("Key {key}, till {till}."),
    mark("Key: {key}."),
    mark("Region {region}, goods: {goods}."),
    mark("Goods: {goods}."),
    mark("Region: {region}."),
    mark("Currency: {currency}."),
    mark("Till: {till}."),
    mark("Cashier: {cashier}."),
)
_IN, _OUT = mark("{cashier} may sign in again."), mark("{cashier} may not sign in any more.")
_CONFIRMED = mark("Confirmed: old data is removed every day.")
# Of each event the first sentence counts of which all values are known.
_SENTENCES: Mapping[Event, tuple[str, ...]] = {
    Event.VIEWED_CASHIERS: (mark("Visits from {first} to {last}."),),
    Event.EXPORTED: (mark("File: {file}."), mark("What is kept of {cashier}.")),
    Event.IMPORTED: (
        mark("{kind}, rows added: {rows}."),
        mark("Rows added: {rows}."),
        mark("{kind}, by a program: the first of the day (UTC)."),
    ),
    Event.UNDID_IMPORT: (mark("Rows removed: {rows}."), mark("{kind}.")),
    Event.CHANGED_RULE: (
        mark(
            "Whoever looks younger than {challenge_age} is asked for ID; of 100 people under age, "
            "{may_pass} may pass."
        ),
        mark("Whoever looks younger than {challenge_age} is asked for ID."),
    ),
    Event.UNDID_OUTCOME: (mark("Visit number {visit}."),),
    Event.SET_RETENTION: (
        mark("Cashier and receipt go after {links_days} days, whole visits after {visits_days}."),
        mark("Cashier and receipt go after {links_days} days, visits stay."),
        mark("Whole visits go after {visits_days} days."),
        mark("Nothing is removed by itself."),
    ),
    Event.REMOVED_OLD: (
        mark("Visits without cashier and receipt: {links}. Visits removed: {visits}."),
    ),
    Event.ERASED: (
        mark("{cashier}, with the name in {rows} visits and receipts."),
        mark("The name in {rows} visits and receipts."),
    ),
}


def detail_in_words(what: Event, detail: Mapping[str, Any]) -> str:
    """Return the details of an entry, in the reader's language; empty where it has none.

    Args:
        what: was done.
        detail: of `read_log`.
    """
    known = {name: value for name, value in detail.items() if value is not None}
    if known.get("kind") in KINDS:
        known["kind"] = Sentence(KINDS[known["kind"]])
    for name in DAYS & known.keys():
        known[name] = day_in_digits(date.fromisoformat(known[name]))
    sentences = _SENTENCES.get(what, _OF_ANY)
    if what is Event.CHANGED_CASHIER and "active" in known:
        sentences = (_IN if known["active"] else _OUT,)
    if known.get("confirmed"):
        sentences = (_CONFIRMED,)
    for text in sentences:
        if _names(text) <= known.keys():
            return tr(Sentence(text, **known))
    return ""


def with_detail_columns(log: pd.DataFrame) -> pd.DataFrame:
    """Return entries with a column for each detail that one of them has, in place of `detail`."""
    details = pd.DataFrame(list(log["detail"]), log.index, dtype=object)
    names = [name for name in COLUMNS if name in details]
    others = sorted(set(details) - set(names))
    return log.drop(columns="detail").join(details[[*names, *others]])


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
