"""What docs/privacy says is kept is what the record has, and its figures are the model's own."""

from dataclasses import replace

from age_model.release import released
from age_model.reports.model_card import Evaluation
from age_model.reports.privacy import figures
from age_model.store.record.schema import METADATA, VISITS

# Each of them is in the table "What the software keeps" of docs/privacy/README.md and in the record
# of processing. Who adds a table or a column adds it there first, and to the notices, then here.
TABLES = {
    "schema_version", "alembic_version", "receipts", "products", "receipt_lines", "visits",
    "id_checks", "store_rules", "paired_tills", "pairing_codes", "wrong_codes", "signing_keys",
    "cashiers", "retention", "audit_log", "imports", "column_choices", "api_keys",
    "api_requests", "restricted_goods", "test_purchases", "record_settings",
    "region_goods", "store_regions",
}  # fmt: skip
OF_A_VISIT = {
    "id", "time", "store", "till", "cashier", "receipt_id", "age", "age_low", "age_high",
    "p_under_18", "p_under_25", "distribution", "model_version", "challenge_age", "likelihood",
    "import_id", "sharpness", "light",
}  # fmt: skip


def test_the_record_keeps_nothing_that_the_notices_do_not_name() -> None:
    assert set(METADATA.tables) <= TABLES
    assert set(VISITS.columns.keys()) <= OF_A_VISIT


def test_figures_are_those_of_the_files() -> None:
    card, measured = released().card(), Evaluation.read(released().evaluation_dir)
    source = measured.sources[0]
    source |= {"source": "Museum", "people": 1234, "mae": 7.0, "mae_low": 6.0, "mae_high": 8.0}
    measured.test["gate"]["usual"]["challenge_age"] = 29
    text = figures(card, measured)
    assert "| Museum | " in text and "| 1,234 | 7.00 (6.00 to 8.00) |" in text
    assert "looks younger than 29" in text and "halved" not in text
    assert "| LFW | age distributions |" in text


def test_figures_of_a_model_that_was_not_verified_say_so() -> None:
    card, measured = released().card(), Evaluation.read(released().evaluation_dir)
    for text in (
        figures(card, replace(measured, verification=None)),
        figures(card | {"decoding": "another"}, measured),
    ):
        assert text.endswith("tells who somebody is was not measured.")
        assert "TAR" not in text
