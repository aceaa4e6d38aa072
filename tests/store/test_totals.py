"""What the receipts of a record add up to."""

from pathlib import Path

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.imports.rows import NO_CATEGORY
from age_model.store.record.add_many import add_receipts
from age_model.store.record.database import open_record
from age_model.store.record.totals import products_sold
from tests.support.store_made_up import receipt_lines


def test_products_are_added_up_over_receipts_the_largest_sums_first(tmp_path: Path) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    goods = {
        "product": ["Milk", "Bread", "Cheese", "Milk", "Bread", "Tea"],
        "category": ["Dairy", NO_CATEGORY, NO_CATEGORY, NO_CATEGORY, NO_CATEGORY, NO_CATEGORY],
        "quantity": [1.0, 2, 0.25, 0.5, 1, 1],
        "amount": [90.5, 60, 200, 45, 30, 10],
    }
    lines = receipt_lines(2, lines=3).assign(**goods)
    add_receipts(engine, ANYBODY, lines)
    assert products_sold(engine, EVERYTHING, 3).to_dict("list") == {
        "product": ["Cheese", "Milk", "Bread"],
        "lines": [1, 2, 2],
        "quantity": [0.25, 1.5, 3],
        "amount": [200, 135.5, 90],
    }
    assert products_sold(engine, EVERYTHING.narrowed(["South"]), 3).empty
