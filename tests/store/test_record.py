"""The record, on SQLite and on PostgreSQL: what is written comes back, whole or not at all."""

import re
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Engine,
    Table,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from age_model import HOME
from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.record import database, migrations, read
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.add_visit import record_outcome, record_visit, take_back_outcome
from age_model.store.record.database import (
    DEFAULT_FILE,
    RecordError,
    open_record,
    reading,
    record_url,
    writing,
)
from age_model.store.record.export_changes import watch
from age_model.store.record.read import NO_RECEIPT, read_stores, read_tables
from age_model.store.record.schema import (
    ALEMBIC_VERSION,
    AUDIT_LOG,
    LINES,
    METADATA,
    RECEIPTS,
    SCHEMA_VERSION,
    VERSION,
    VISITS,
    is_of,
)
from tests.support.store_databases import empty_database
from tests.support.store_made_up import NOON, PLACE, estimate, receipt_lines, visits

TESTS = Path(__file__).parent
WRITERS = 10


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


# ---- Where it is


def test_the_address_comes_from_the_environment_then_the_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AGE_DATABASE_URL", raising=False)
    assert record_url() == f"sqlite:///{DEFAULT_FILE}"
    assert record_url("postgresql://till@shop/record") == "postgresql://till@shop/record"
    monkeypatch.setenv("AGE_DATABASE_URL", "sqlite:///here.sqlite")
    assert record_url("postgresql://till@shop/record") == "sqlite:///here.sqlite"


def test_a_record_is_made_with_its_folder_on_first_use(tmp_path: Path) -> None:
    file = tmp_path / "new" / "store.sqlite"
    open_record(f"sqlite:///{file}").dispose()
    assert file.exists()


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://shop/record", "postgresql://shop:port/record"]
)
def test_an_unusable_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(RecordError, match="sqlite:///FILE or postgresql") as error:
        open_record(url)
    assert url not in str(error.value)


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_server_that_is_not_there_gives_a_sentence(kind: str) -> None:
    with pytest.raises(RecordError, match="does not answer"):
        open_record(f"{kind}://nobody:x@127.0.0.1:9/record")


def test_a_file_that_is_no_database_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(RecordError, match="not a database"):
        open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")


def test_more_visitors_than_connections_are_told_that_it_is_busy(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record.pool, "_timeout", 0.01)
    with ExitStack() as open_ones:
        for _ in range(15):
            open_ones.enter_context(record.connect())
        for use in (reading, writing):
            with pytest.raises(RecordError, match="busy"), use(record):
                pass


# ---- One visit


def test_a_visit_comes_back_as_it_was_recorded(record: Engine) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, estimate(30))
    record_outcome(record, ANYBODY, key, "sale refused")
    tables = read_tables(record, EVERYTHING)
    (visit,) = tables.visits.to_dict("records")
    assert visit == {
        "visit_id": key, "time": pd.Timestamp(NOON), "store": "North", "till": "1",
        "cashier": "Olga", "receipt": NO_RECEIPT, "age": 30, "age_low": 24, "age_high": 38,
        "p_under_18": 0.01, "p_under_25": 0.2, "model_version": "made up",
    }  # fmt: skip
    assert tables.distributions.dtype == np.float16
    np.testing.assert_allclose(tables.distributions[0], estimate(30).distribution, atol=1e-4)
    np.testing.assert_allclose(tables.distributions.sum(1, dtype=float), 1, atol=1e-3)
    (check,) = tables.checks.to_dict("records")
    assert check == {"visit_id": key, "asked": True, "outcome": "sale refused"}


def test_an_outcome_can_be_changed_and_taken_back(record: Engine) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, estimate())
    record_outcome(record, ANYBODY, key, "ID shown")
    record_outcome(record, ANYBODY, key, "not asked")
    assert read_tables(record, EVERYTHING).checks["asked"].tolist() == [False]
    take_back_outcome(record, ANYBODY, key)
    assert read_tables(record, EVERYTHING).checks.empty


def test_an_unknown_outcome_is_refused(record: Engine) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, estimate())
    with pytest.raises(IntegrityError):
        record_outcome(record, ANYBODY, key, "no idea")


def test_a_better_picture_replaces_the_estimate(record: Engine) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, None)
    assert read_tables(record, EVERYTHING).visits.empty  # without an age it is no row for analyses
    assert count(record, VISITS) == 1
    assert record_visit(record, ANYBODY, NOON, PLACE, estimate(50), key) == key
    assert read_tables(record, EVERYTHING).visits["age"].tolist() == [50]


# ---- Many


def test_receipts_and_visits_come_back_with_exact_sums(record: Engine) -> None:
    lines = receipt_lines(30)
    table, distributions = visits(30)
    table["number"] = [f"R{i:05}" for i in range(30)]
    assert add_receipts(record, ANYBODY, lines) == len(lines)
    assert add_visits(record, ANYBODY, table, distributions) == 30
    tables = read_tables(record, EVERYTHING)
    assert len(tables.lines) == len(lines)
    assert tables.lines["amount"].sum() == pytest.approx(lines["amount"].sum(), abs=1e-9)
    assert tables.alcohol_lines.equals(
        tables.lines[tables.lines["is_alcohol"]].reset_index(drop=True)
    )
    assert tables.alcohol_lines["is_alcohol"].any()
    basket = tables.lines[tables.lines["receipt"] == tables.visits["receipt"][3]]
    assert basket.sort_values("quantity")["product"].tolist() == [f"Product {i}" for i in range(5)]
    assert basket["quantity"].sum() == 10 + 5 * 0.125
    assert basket.loc[basket["is_alcohol"], "product"].tolist() == ["Product 0"]
    assert tables.checks["asked"].tolist() == [True, False] * 10
    assert tables.checks["visit_id"].isin(tables.visits["visit_id"]).all()
    assert tables.visits["time"].is_monotonic_increasing
    np.testing.assert_allclose(tables.distributions, distributions, atol=1e-4)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO receipt_lines VALUES (99, 1, 1, 1, 0)",
        "INSERT INTO receipt_lines VALUES (1, 99, 1, 1, 0)",
        "UPDATE receipt_lines SET receipt_id = 99",
        "UPDATE receipt_lines SET product_id = 99 WHERE product_id = 1",
        "DELETE FROM receipts WHERE id = 1",
        "DELETE FROM products WHERE id = 1",
    ],
)
def test_every_line_has_its_receipt_and_its_product(record: Engine, statement: str) -> None:
    add_receipts(record, ANYBODY, receipt_lines(2))
    names = "(receipt_id, product_id, quantity, amount, copy)"
    with pytest.raises(IntegrityError), writing(record) as connection:
        connection.execute(
            text(statement.replace("receipt_lines VALUES", f"receipt_lines {names} VALUES"))
        )
    with writing(record) as connection:
        connection.execute(delete(LINES))
        connection.execute(delete(RECEIPTS))


def test_a_receipt_that_gets_a_line_cannot_be_deleted_meanwhile(
    postgresql_server: str,
) -> None:
    with empty_database(postgresql_server) as address:
        engine = open_record(address)
        add_receipts(engine, ANYBODY, receipt_lines(1))
        with writing(engine) as first:
            receipt = {"store": "North", "till": "1", "day": NOON.date(), "number": "new"}
            new = first.scalar(insert(RECEIPTS).values(receipt).returning(RECEIPTS.c.id))
            line = {"product_id": 1, "quantity": 7, "amount": 7, "copy": 0}
            first.execute(insert(LINES).values([line | {"receipt_id": key} for key in (1, new)]))
            with pytest.raises(RecordError, match="busy"), writing(engine) as second:
                second.execute(text("SET LOCAL lock_timeout = 10"))
                second.execute(delete(RECEIPTS))
        engine.dispose()


def test_lines_are_checked_without_reading_all_receipts(postgresql_server: str) -> None:
    with empty_database(postgresql_server) as address:
        engine = open_record(address)
        add_receipts(engine, ANYBODY, receipt_lines(3))
        with writing(engine) as connection:
            connection.execute(text("ANALYZE"))  # to read so few would be the quickest
        engine.dispose()  # what its connection has read is not counted
        with writing(engine) as connection:
            connection.execute(
                insert(LINES).values(receipt_id=1, product_id=1, quantity=7, amount=7, copy=0)
            )
            read = text(
                "SELECT relname, seq_scan FROM pg_stat_xact_user_tables "
                "WHERE relname IN ('receipts', 'products') ORDER BY 1"
            )
            assert connection.execute(read).all() == [("products", 0), ("receipts", 0)]
        engine.dispose()


def test_a_record_longer_than_one_part_is_read_whole(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_receipts(record, ANYBODY, receipt_lines(10))
    add_visits(record, ANYBODY, *visits(10))
    whole = read_tables(record, EVERYTHING)
    lines = whole.lines
    monkeypatch.setattr(read, "ROWS_A_PART", 7)
    parts = read_tables(record, EVERYTHING)
    pd.testing.assert_frame_equal(parts.lines, lines)
    pd.testing.assert_frame_equal(parts.visits, whole.visits)
    np.testing.assert_array_equal(parts.distributions, whole.distributions)
    assert len(lines) > 7 and len(whole.visits) > 7


def test_the_same_again_in_another_order_adds_nothing(record: Engine) -> None:
    lines = pd.concat([receipt_lines(4), receipt_lines(4).head(2)])  # two of them bought twice
    assert add_receipts(record, ANYBODY, lines) == 22
    assert add_receipts(record, ANYBODY, lines.sample(frac=1, random_state=0)) == 0
    assert len(read_tables(record, EVERYTHING).lines) == 22
    table, distributions = visits(4)
    assert add_visits(record, ANYBODY, table, distributions) == 4
    assert add_visits(record, ANYBODY, table[::-1], distributions[::-1]) == 0
    assert len(read_tables(record, EVERYTHING).checks) == 3


def test_a_file_read_again_can_correct_what_a_product_is(record: Engine) -> None:
    first = receipt_lines(3).assign(is_alcohol=False)
    assert add_receipts(record, ANYBODY, first) == 15
    again = first.assign(is_alcohol=first["product"] == "Product 4", category="Drinks")
    assert add_receipts(record, ANYBODY, again) == 0
    lines = read_tables(record, EVERYTHING).lines
    assert lines["amount"].sum() == pytest.approx(first["amount"].sum(), abs=1e-9)
    assert set(lines["category"]) == {"Drinks"}
    assert lines.loc[lines["is_alcohol"], "product"].tolist() == ["Product 4"] * 3


def test_a_table_without_a_column_that_may_be_empty_is_added(record: Engine) -> None:
    table, distributions = visits(3)
    assert add_visits(record, ANYBODY, table.drop(columns="cashier"), distributions) == 3
    assert read_tables(record, EVERYTHING).visits["cashier"].isna().all()


@pytest.mark.parametrize("receipts_first", [True, False])
def test_a_visit_gets_the_cashier_of_its_receipt(record: Engine, receipts_first: bool) -> None:
    table, distributions = visits(3)
    table["number"] = [f"R{i:05}" for i in range(3)]
    table.loc[2, "cashier"] = "Anna"
    if receipts_first:
        add_receipts(record, ANYBODY, receipt_lines(3))
    add_visits(record, ANYBODY, table, distributions)
    add_receipts(record, ANYBODY, receipt_lines(3))
    assert read_tables(record, EVERYTHING).visits["cashier"].tolist() == ["Olga", "Olga", "Anna"]


def test_times_and_stores_choose(record: Engine) -> None:
    for store in ("North", "South"):
        add_receipts(record, ANYBODY, receipt_lines(10, store=store))
        add_visits(record, ANYBODY, *visits(10, store))
    assert read_stores(record, EVERYTHING) == ["North", "South"]
    some = read_tables(
        record,
        EVERYTHING.narrowed(["South"]),
        NOON + timedelta(minutes=2),
        NOON + timedelta(minutes=4, seconds=1),
    )
    assert some.visits["time"].dt.minute.tolist() == [2, 3]
    assert len(some.distributions) == 2
    assert some.lines["receipt"].nunique() == 3  # of minutes 2 to 4
    assert len(some.checks) == 1
    assert set(some.visits["store"]) == {"South"}


# ---- Kills, crowds, full disks

WRITE = """
import sys
from contextlib import ExitStack
from datetime import timedelta
from multiprocessing import get_context
from age_model.access.visitor import ANYBODY
from tests.support.store_databases import empty_database
from tests.support.store_made_up import NOON, PLACE, estimate, receipt_lines
from age_model.store.record.add_many import add_receipts
from age_model.store.record.database import open_record
from age_model.store.record.add_visit import record_outcome, record_visit

def write(who, rounds):
    engine = open_record(sys.argv[1])
    for i in range(rounds):
        time = NOON + timedelta(days=who, seconds=i)
        key = record_visit(engine, ANYBODY, time, PLACE, estimate())
        record_outcome(engine, ANYBODY, key, "ID shown")
        add_receipts(engine, ANYBODY, receipt_lines(3, store=f"{who} {i}"))
        print(key, flush=True)

first, writers, rounds = map(int, sys.argv[2:])
if writers == 1:
    write(first, rounds)
else:  # forked: what is imported is there for all
    fork = get_context("fork")
    crowd = [fork.Process(target=write, args=(first + who, rounds)) for who in range(writers)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    sys.exit(any(one.exitcode for one in crowd))
"""


def start_writers(url: str, first: int, writers: int, rounds: int) -> "subprocess.Popen[str]":
    numbers = map(str, (first, writers, rounds))
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, url, *numbers],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TESTS.parents[1],
    )


def assert_whole(engine: Engine) -> None:
    """Every receipt has its five lines, and a file is intact."""
    lines = select(func.count(LINES.c.copy)).select_from(RECEIPTS.outerjoin(LINES))
    with engine.connect() as connection:
        assert set(connection.scalars(lines.group_by(RECEIPTS.c.id))) <= {5}
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_kill_at_any_moment_leaves_whole_visits_and_receipts(
    store_url: str, request: pytest.FixtureRequest
) -> None:
    for attempt in range(3):
        writer = start_writers(store_url, attempt, 1, 10**6)
        assert writer.stdout
        acknowledged = [writer.stdout.readline() for _ in range(1 + 3 * attempt)]
        writer.kill()
        rest, _ = writer.communicate()
        keys = [int(line) for line in [*acknowledged, *rest.splitlines()] if line.strip()]
        engine = open_record(store_url)
        assert_whole(engine)
        known = read_tables(engine, EVERYTHING)
        assert keys
        assert set(keys) <= set(known.visits["visit_id"])
        assert set(keys) <= set(known.checks["visit_id"])
        engine.dispose()


def test_ten_writers_at_once_lose_nothing(store_url: str) -> None:
    writers = start_writers(store_url, 0, WRITERS, 5)  # all of them make the record
    _, errors = writers.communicate()
    assert writers.returncode == 0, errors
    engine = open_record(store_url)
    assert_whole(engine)
    tables = read_tables(engine, EVERYTHING)
    assert len(tables.visits) == len(tables.checks) == 5 * WRITERS
    assert len(tables.lines) == 5 * WRITERS * 15
    engine.dispose()


def fill_disk(engine: Engine) -> None:
    """Make the database report a full disk after some lines.

    PostgreSQL gets a rule that fails with the same error in place of a full disk.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
        engine.dispose()

        def limit(connection: sqlite3.Connection, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 5}")

        event.listen(engine, "connect", limit)
        return
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF (SELECT count(*) FROM receipt_lines) > 900 THEN "
                "RAISE EXCEPTION USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER full_disk AFTER INSERT ON receipt_lines "
                "FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
        )


def test_a_full_disk_gives_a_sentence_and_leaves_nothing_half_written(record: Engine) -> None:
    add_receipts(record, ANYBODY, receipt_lines(2))
    fill_disk(record)
    with pytest.raises(RecordError, match="disk with the store's record is full"):
        add_receipts(record, ANYBODY, receipt_lines(900, store="South"))
    assert_whole(record)
    assert read_stores(record, EVERYTHING) == ["North"]
    assert len(read_tables(record, EVERYTHING).lines) == 10


# ---- Versions


def create_version(version: int, url: str) -> Engine:
    """Make the tables as a version before Alembic made them, whatever they are now."""
    engine = open_record(url)
    METADATA.drop_all(engine)
    with writing(engine) as connection:
        migrations.upgrade(connection, version)
        ALEMBIC_VERSION.drop(connection)
        connection.execute(insert(SCHEMA_VERSION).values(version=version))
    return engine


def described(engine: Engine) -> dict[str, Any]:
    """Everything of the tables that matters, without the names of rules."""
    inspector = inspect(engine)
    found: dict[str, Any] = {}
    for table in METADATA.tables:
        columns = {
            column["name"]: (str(column["type"]), column["nullable"])
            for column in inspector.get_columns(table)
        }
        unique = {tuple(rule["column_names"]) for rule in inspector.get_unique_constraints(table)}
        foreign = {
            (*key["constrained_columns"], key["referred_table"])
            for key in inspector.get_foreign_keys(table)
        }
        keys = inspector.get_pk_constraint(table)["constrained_columns"]
        found[table] = columns, unique, foreign, keys, len(inspector.get_check_constraints(table))
    return found | {"functions": functions(engine)}


def functions(engine: Engine) -> list[tuple[Any, ...]]:
    """Those of the record's own on a server: name, text and settings."""
    if engine.dialect.name != "postgresql":
        return []
    query = text(
        "SELECT proname, prosrc, proconfig FROM pg_proc "
        "WHERE pronamespace = CAST('public' AS regnamespace) ORDER BY 1"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_record_of_the_first_version_becomes_a_present_one(
    store_url: str, tmp_path: Path
) -> None:
    old = create_version(1, store_url)
    with old.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO receipts (store, till, day, number, time, cashier) "
                "VALUES ('North', '1', '2026-06-01', '7', '2026-06-01 12:00:00.000000', 'Olga')"
            )
        )
        connection.execute(
            text("INSERT INTO products (name, category, is_alcohol) VALUES ('Milk', 'Dairy', '0')")
        )
        connection.execute(text("INSERT INTO receipt_lines VALUES (1, 1, 2000, 9950, 0)"))
    old.dispose()
    engine = open_record(store_url)
    (line,) = read_tables(engine, EVERYTHING).lines.to_dict("records")
    assert line == {
        "receipt": 1, "product": "Milk", "category": "Dairy", "quantity": 2.0, "amount": 99.5,
        "is_alcohol": False,
    }  # fmt: skip
    record_visit(engine, ANYBODY, NOON, PLACE, estimate())
    migrated = described(engine)
    METADATA.drop_all(engine)
    engine.dispose()
    fresh = open_record(store_url)
    assert migrated == described(fresh)
    fresh.dispose()


def test_an_exported_record_notes_its_changes_as_a_new_one_does(postgresql_server: str) -> None:
    with empty_database(postgresql_server) as address:
        engine = open_record(address)
        with writing(engine) as connection:
            watch(connection)
        new = functions(engine)
        with writing(engine) as connection:
            for name, *_ in new:
                if name.endswith("_noted"):  # as an earlier version might have them
                    connection.execute(
                        text(
                            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger "
                            "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
                        )
                    )
            connection.execute(text("DROP TABLE region_goods, store_regions"))  # of version 9
            connection.execute(update(ALEMBIC_VERSION).values(version_num="7"))
        engine.dispose()
        engine = open_record(address)
        assert functions(engine) == new
        assert sum(name.endswith("_noted") for name, *_ in new) == 12
        engine.dispose()


@pytest.mark.parametrize("version", [1, 4])
def test_every_older_record_becomes_what_the_program_expects(version: int, store_url: str) -> None:
    create_version(version, store_url).dispose()
    engine = open_record(store_url)
    with engine.connect() as connection:
        options = {"include_object": lambda item, *_: is_of(connection.dialect.name, item)}
        found = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(found, METADATA) == []
        assert connection.scalars(select(ALEMBIC_VERSION.c.version_num)).all() == [str(VERSION)]
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(insert(AUDIT_LOG).values(time=NOON, who="", what="", detail=""))
        connection.execute(delete(AUDIT_LOG))
    engine.dispose()


def test_a_program_of_before_alembic_sees_that_a_record_is_newer(store_url: str) -> None:
    create_version(5, store_url).dispose()
    engine = open_record(store_url)
    with engine.connect() as connection:
        assert connection.scalars(select(SCHEMA_VERSION.c.version)).all() == [6]
    engine.dispose()


def next_version(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    """Have the program know one more version of the tables."""
    versions = shutil.copytree(migrations.VERSIONS, folder / "versions")
    (versions / "next.py").write_text(
        f"""
from alembic import op

revision, down_revision = "{VERSION + 1}", "{VERSION}"

def upgrade():
    op.execute("ALTER TABLE visits ADD COLUMN note VARCHAR")
    {more}
""",
        "utf-8",
    )
    monkeypatch.setattr(migrations, "VERSIONS", versions)
    monkeypatch.setattr(migrations, "VERSION", VERSION + 1)


def test_a_migration_keeps_what_is_there(
    record: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, estimate())
    next_version(tmp_path, monkeypatch)
    engine = open_record(store_url)
    assert "note" in {column["name"] for column in inspect(engine).get_columns("visits")}
    assert read_tables(engine, EVERYTHING).visits["visit_id"].tolist() == [key]
    with engine.connect() as connection:
        versions = connection.scalars(select(ALEMBIC_VERSION.c.version_num)).all()
    assert versions == [str(VERSION + 1)]
    engine.dispose()


def test_a_migration_that_fails_changes_nothing(
    record: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = described(record)
    next_version(tmp_path, monkeypatch, more='raise RuntimeError("the power went")')
    with pytest.raises(RuntimeError):
        open_record(store_url)
    assert described(record) == before
    with record.connect() as connection:
        assert connection.scalar(select(ALEMBIC_VERSION.c.version_num)) == str(VERSION)


def test_programs_that_open_an_old_record_at_once_migrate_it_once(store_url: str) -> None:
    create_version(1, store_url).dispose()
    together = Barrier(3)

    def opened(_: int) -> set[str]:
        together.wait()
        engine = open_record(store_url)
        columns = {column["name"] for column in inspect(engine).get_columns("visits")}
        engine.dispose()
        return columns

    with ThreadPoolExecutor(3) as programs:
        found = list(programs.map(opened, range(3)))
    assert found == [{column.name for column in VISITS.columns}] * 3


@pytest.mark.parametrize("name", ["99", "of a branch"])
def test_a_record_of_a_newer_program_is_left_alone(
    record: Engine, store_url: str, name: str
) -> None:
    with record.begin() as connection:
        connection.execute(update(ALEMBIC_VERSION).values(version_num=name))
    with pytest.raises(RecordError, match=f"newer version.*version {name}"):
        open_record(store_url)


def test_the_version_is_the_newest_revision() -> None:
    script = ScriptDirectory(str(migrations.REVISIONS))
    assert script.get_heads() == [str(VERSION)]


def test_a_present_record_is_opened_without_alembic(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["alembic"] = None  # importing it fails
from age_model.store.record.database import open_record
for _ in range(2):
    open_record(sys.argv[1])
"""
    run = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'store.sqlite'}"]
    assert subprocess.run(run, cwd=HOME, check=False).returncode == 0


# ---- Privacy


def test_no_column_could_hold_a_picture_or_a_face() -> None:
    wide = [
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if str(column.type) in ("BLOB", "LargeBinary", "JSON")
    ]
    assert wide == ["visits.distribution"]
    names = " ".join(column.name for table in METADATA.tables.values() for column in table.columns)
    assert not re.search("photo|image|picture|crop|face|vector|embedding|landmark", names)


def test_a_distribution_has_exactly_its_size(record: Engine) -> None:
    record_visit(record, ANYBODY, NOON, PLACE, estimate())
    with record.connect() as connection:
        assert len(connection.scalar(select(VISITS.c.distribution)) or b"") == 2 * 117
    with pytest.raises(IntegrityError), record.begin() as connection:
        connection.execute(
            insert(VISITS).values(time=NOON, store="N", till="1", distribution=b"\xff\xd8" * 500)
        )


def test_two_visits_at_one_time_of_the_clock_are_both_kept(record: Engine) -> None:
    """The clock repeats an hour in autumn, or is set back."""
    first, second, third = (
        record_visit(record, ANYBODY, NOON, PLACE, estimate(30)) for _ in range(3)
    )
    elsewhere = record_visit(record, ANYBODY, NOON, PLACE._replace(till="2"), estimate(30))
    assert len({first, second, third, elsewhere}) == 4
    assert record_visit(record, ANYBODY, NOON, PLACE, estimate(40), second) == second
    with reading(record) as connection:
        times = dict(connection.execute(select(VISITS.c.id, VISITS.c.time)).all())
    assert times[first] == times[elsewhere] == NOON
    assert times[second] == NOON + timedelta(microseconds=1)
    assert times[third] == NOON + timedelta(microseconds=2)


@pytest.mark.parametrize(
    "password", ["pa@secret", "pa@sec/ret", "@secret", "a@b@secret", "a@se?ret"]
)
def test_no_part_of_a_password_with_an_at_sign_is_shown(password: str) -> None:
    with pytest.raises(
        RecordError, match="Write those of the user and the password as %40"
    ) as error:
        open_record(f"postgresql://till:{password}@127.0.0.1:9/record")
    assert not any(part and part in str(error.value) for part in ("secret", "sec/", "se?ret"))
    with pytest.raises(RecordError, match="does not answer") as error:
        open_record("postgresql://till:pa%40secret@127.0.0.1:9/record")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("free", [1000, 10**9])
def test_an_input_or_output_error_on_a_full_disk_says_that_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    monkeypatch.setattr(database, "disk_usage", lambda _: SimpleNamespace(free=free))
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    for use in (reading, writing):
        with pytest.raises(RecordError) as error, use(engine):
            raise DBAPIError("SELECT 1", None, failure)
        assert ("disk with the store's record is full" in str(error.value)) == (free < 10**6)


def test_of_the_products_only_those_named_are_read(record: Engine) -> None:
    asked: list[str] = []
    event.listen(record, "before_cursor_execute", lambda *call: asked.append(call[2]))
    add_receipts(record, ANYBODY, receipt_lines(2))
    of_products = [text for text in asked if "FROM products" in text]
    assert all(" name " in text or ".name " in text for text in of_products)
    assert all("WHERE" in text for text in of_products)
