"""Writes the demonstration month to the record, and its ground truth to files."""

from pathlib import Path

from sqlalchemy import Engine, delete, select

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.i18n.translate import tr
from age_model.model.json_files import write_json
from age_model.store.demo.month import demo_month, planted_truth
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.database import DEFAULT_FILE, RecordError, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.read import StoreTables, read_stores, read_tables
from age_model.store.record.schema import (
    CHECKS,
    LINES,
    RECEIPTS,
    RESTRICTED_GOODS,
    RETENTION,
    STORE_REGIONS,
    STORE_RULES,
    VISITS,
)
from age_model.store.record.select import demo_names

SETTINGS = STORE_RULES, RESTRICTED_GOODS, STORE_REGIONS, RETENTION  # of single stores
DEMO_FOLDER = DEFAULT_FILE.parent / "demo"  # of the ground truth
TRUTH_FILE = "true_ages.csv"
PLANTED_FILE = "planted_truth.json"
KIND = "demonstration"  # of an import, in the audit log


def write_demo(engine: Engine, folder: Path, seed: int, visits: int) -> int:
    """Replace the demonstration month in the record, and the files of its ground truth.

    Stores, cashiers and goods have their names in the reader's language; in the ground truth they
    are English.

    Args:
        engine: of `open_record`.
        folder: for `true_ages.csv` (visit_id of the record, true_age in years) and
            `planted_truth.json`; made if missing.
        seed: see `demo_month`.
        visits: how many.

    Returns:
        The number of receipt lines.

    Raises:
        RecordError: the record cannot be written, or holds visits of real stores.
    """
    if set(read_stores(engine, EVERYTHING)) - demo_names():
        raise RecordError(
            "The record holds visits of real stores, which the demonstration would mix with. "
            "Name another record, for example AGE_DATABASE_URL=sqlite:///data/demo.sqlite"
        )
    remove_demo(engine)
    month, truth = demo_month(seed, visits)
    lines = add_month(engine, _in_the_readers_language(month))
    # Both are sorted by time, and no two visits have the same.
    truth["visit_id"] = read_tables(engine, EVERYTHING).visits["visit_id"]
    folder.mkdir(parents=True, exist_ok=True)
    truth.to_csv(folder / TRUTH_FILE, index=False)
    write_json(folder / PLANTED_FILE, {"seed": seed, **planted_truth(seed)})
    return lines


def remove_demo(engine: Engine) -> list[str]:
    """Remove the visits, receipts and settings of the demonstration stores from the record.

    Tills and cashiers that somebody added to these stores stay.

    Returns:
        The names of the stores that it had.

    Raises:
        RecordError: nothing was removed.
    """
    stores = sorted(demo_names().intersection(read_stores(engine, EVERYTHING)))
    visits = select(VISITS.c.id).where(VISITS.c.store.in_(stores))
    receipts = select(RECEIPTS.c.id).where(RECEIPTS.c.store.in_(stores))
    with writing(engine) as connection:
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id.in_(visits)))
        connection.execute(delete(VISITS).where(VISITS.c.store.in_(stores)))
        connection.execute(delete(LINES).where(LINES.c.receipt_id.in_(receipts)))
        connection.execute(delete(RECEIPTS).where(RECEIPTS.c.store.in_(stores)))
        for table in SETTINGS:
            connection.execute(delete(table).where(table.c.store.in_(demo_names())))
    after_deletion(engine)
    return stores


def _in_the_readers_language(month: StoreTables) -> StoreTables:
    """Return a month with the names of its stores, cashiers and goods translated."""
    visits = month.visits.assign(
        store=month.visits["store"].cat.rename_categories(tr),
        cashier=month.visits["cashier"].cat.rename_categories(_cashier),
    )
    names = {
        column: month.lines[column].cat.rename_categories(tr) for column in ("product", "category")
    }
    lines = month.lines.assign(**names)
    return StoreTables.of(visits, month.distributions, lines, month.checks)


def _cashier(name: str) -> str:
    return tr("Cashier {number}").format(number=name.split()[-1])


def add_month(engine: Engine, month: StoreTables) -> int:
    """Add a generated month to the record; return how many receipt lines were new.

    Args:
        engine: of `open_record`.
        month: each of its receipts belongs to a visit, at whose time and till it was issued.

    Raises:
        RecordError: a part, or nothing, was written.
    """
    visits = month.visits.merge(month.checks, on="visit_id", how="left")
    number = visits["receipt"].map("{:06d}".format)
    visits["number"] = number.where(visits["receipt"] > 0)
    issued = visits[["receipt", "store", "till", "time", "number", "cashier"]]
    lines = add_receipts(engine, ANYBODY, month.lines.merge(issued, on="receipt"))
    add_visits(engine, ANYBODY, visits, month.distributions)
    return lines
