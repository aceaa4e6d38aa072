"""The exported record gives every figure that the database gives, and keeps nothing longer."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from pyarrow import fs
from sqlalchemy import Engine, delete, select, update

from age_model.access.rights import Action, Role
from age_model.access.visitor import ANYBODY, EVERYTHING, Scope, Visitor
from age_model.predict.id_rule import USUAL_RULE
from age_model.release import released
from age_model.store.analysis import alcohol, purchases
from age_model.store.analysis.goods import compare_goods, goods_of
from age_model.store.analysis.overview import Period
from age_model.store.analysis.products import lifts, lifts_around
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record import export as export_module
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.add_visit import record_outcome, record_visit
from age_model.store.record.daily import daily_sales, daily_unlinked, daily_visits
from age_model.store.record.database import RecordError, open_record, writing
from age_model.store.record.export import (
    VARIABLE,
    Export,
    after_deletion,
    bring_up_to_date,
    configured_export,
)
from age_model.store.record.links import forget_links, join_receipts
from age_model.store.record.past_imports import begin_import, end_import, undo_import
from age_model.store.record.read import read_tables
from age_model.store.record.read_months import LongTables
from age_model.store.record.schema import ALEMBIC_VERSION, CHECKS, LINES, PRODUCTS, VISITS
from age_model.store.record.select import of_days, of_stores
from age_model.store.record.window import Window
from age_model.store.reports.gather import read_overview
from age_model.store.retention.one_cashier import erase_cashier
from age_model.store.retention.run import run_retention
from age_model.store.retention.settings import confirm, read_retention, set_retention
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.model_errors import errors
from age_model.store.statistics.pooled import NO_RANGE
from tests.support.object_store import running_bucket
from tests.support.store_made_up import NOON, PLACE, estimate, receipt_lines, visits

JUNE = datetime(2026, 6, 1), datetime(2026, 7, 1)


@pytest.fixture
def month(record: Engine) -> Engine:
    """The demonstration month, small, with its receipts linked, old ones forgotten.

    On some receipts alcohol was given back, and some have no lines; some sales have no check.
    """
    tables, _ = demo_month(0, 1500)
    add_month(record, tables)
    join_receipts(record, EVERYTHING)
    forget_links(record, 25, datetime(2026, 7, 1))
    with writing(record) as connection:
        back = select(PRODUCTS.c.id).where(PRODUCTS.c.is_alcohol)
        lines = update(LINES).where(LINES.c.receipt_id % 7 == 0, LINES.c.product_id.in_(back))
        connection.execute(lines.values(amount=-LINES.c.amount))
        connection.execute(delete(LINES).where(LINES.c.receipt_id % 11 == 0))
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id % 3 == 0))
    place = PLACE._replace(store="Demo Central")
    record_visit(record, ANYBODY, NOON, place, None)
    pictured = estimate()._replace(sharpness=40.0, light=120.0)
    record_visit(record, ANYBODY, NOON + timedelta(minutes=9), place, pictured)
    return record


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that records are exported to."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "export"))
    return tmp_path / "export"


def assert_same(one: Any, other: Any) -> None:  # noqa: ANN401
    if isinstance(one, pd.DataFrame):
        assert isinstance(other, pd.DataFrame)
        pd.testing.assert_frame_equal(
            one, other, rtol=1e-9, atol=1e-9, check_dtype=False, check_categorical=False
        )
    elif isinstance(one, tuple | list):
        assert isinstance(other, tuple | list)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, dict):
        assert isinstance(other, dict) and one.keys() == other.keys()
        assert_same(list(one.values()), list(other.values()))
    elif isinstance(one, np.ndarray | float):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    else:
        assert one == other


ANALYST = Visitor.of("", [Role.ANALYST], None).scope(Action.SEE_PURCHASES)
ASKED = [
    (EVERYTHING, (None, None)),
    (EVERYTHING, JUNE),
    (EVERYTHING.narrowed(["Demo Central", "Nowhere"]), JUNE),
    (ANALYST, (datetime(2026, 6, 9, 13, 5), datetime(2026, 6, 22))),
    (Scope(None, frozenset({"Demo Station"})), (datetime(2026, 6, 2, 13, 5), None)),
    (Scope(frozenset(), frozenset()), (None, None)),
]


def test_the_same_visits_and_sales_are_read(month: Engine, exported: Path) -> None:
    export = configured_export()
    assert export is not None
    for scope, (start, end) in ASKED:
        held = read_tables(month, scope, start, end)
        long = LongTables(month, export, Window(scope, start, end), NO_RANGE)
        assert (held.count, held.stores, held.versions) == (long.count, long.stores, long.versions)
        assert sorted(held.days) == sorted(long.days)
        wanted = alcohol.alcohol_sales(held, errors, USUAL_RULE)
        found = alcohol.alcohol_sales(long, errors, USUAL_RULE)
        assert_same([wanted.table, wanted.odds], [found.table, found.odds])
        if held.count:
            one, other = (purchases.count(of, errors, DEFAULT_BANDS) for of in (held, long))
            assert_same(
                purchases.by_part(held, one, "store", "spend"),
                purchases.by_part(long, other, "store", "spend"),
            )
            assert_same(lifts(held, one, "product"), lifts(long, other, "product"))


def every_figure(record: Engine) -> list[object]:
    """Return what all pages and the report show of a month."""
    first, last = date(2026, 6, 1), date(2026, 6, 30)
    tables = purchases.read_visits(record, EVERYTHING, first, last)
    model = purchases.count(tables, errors, DEFAULT_BANDS)
    halves = [of_days(tables, first, date(2026, 6, 15)), of_days(tables, date(2026, 6, 16), last)]
    sides = [(half, purchases.count(half, errors, DEFAULT_BANDS)) for half in halves]
    store = of_stores(tables, ["Demo Station"])
    sales = alcohol.alcohol_sales(tables, errors, USUAL_RULE)
    overview = read_overview(record, EVERYTHING, Period(date(2026, 6, 20), date(2026, 6, 26)))
    assert overview is not None
    figures = [list(vars(figure).values()) for figure in overview.figures.values()]
    return [
        *(purchases.by_band(tables, model, measure) for measure in purchases.MEASURES),
        *(purchases.by_part(tables, model, by, "basket") for by in purchases.PARTS),
        purchases.per_day(purchases.by_part(tables, model, "weekday", "visits"), tables),
        purchases.by_band(store, purchases.count(store, errors, DEFAULT_BANDS), "spend"),
        [tables.count, tables.stores, sorted(tables.versions.items())],
        model.by_band,
        purchases.similar_bands(tables, model, "spend"),
        purchases.compare(sides[0], sides[1], "spend"),
        *(
            compare_goods(*(goods_of(*side, kind) for side in sides))
            .sort_values("item")
            .reset_index(drop=True)
            for kind in ("product", "category")
        ),
        lifts(tables, model, "product"),
        lifts(tables, model, "category"),
        lifts_around(tables, errors, 30, "product"),
        alcohol.summarise_sales(sales),
        *(alcohol.sales_by_part(sales, by) for by in alcohol.PARTS),
        alcohol.what_if(sales, released().predictions(), USUAL_RULE),
        *(read(record, EVERYTHING, first, last) for read in (daily_visits, daily_sales)),
        daily_unlinked(record, EVERYTHING, first, last),
        daily_sales(record, ANALYST.narrowed(["Demo Central"]), first, first),
        figures,
        overview.by_store,
        [list(vars(finding).values()) for finding in overview.findings],
    ]


def test_every_page_shows_the_same_figures(
    month: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    wanted = every_figure(month)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "export"))
    assert_same(wanted, every_figure(month))


def test_a_receipt_after_midnight_is_of_the_visit_before(record: Engine, exported: Path) -> None:
    end = datetime(2026, 6, 30, 23, 59, 50)
    bought, (seen, distributions) = receipt_lines(40, 2), visits(40)
    later = (end - NOON) + timedelta(seconds=15)  # the first visit is of June, its receipt of July
    add_receipts(record, ANYBODY, bought.assign(time=bought["time"] + later, is_alcohol=True))
    times = seen["time"] + later
    add_visits(
        record, ANYBODY, seen.assign(time=times.where(times > times.min(), end)), distributions
    )
    assert join_receipts(record, EVERYTHING) == 40
    tables = purchases.read_visits(record, EVERYTHING, date(2026, 6, 30), date(2026, 7, 1))
    assert isinstance(tables, LongTables) and len(tables.days) == 2
    totals, _ = purchases.measured(tables, purchases.count(tables, errors, DEFAULT_BANDS), "spend")
    assert totals.value.sum() == pytest.approx(bought["amount"].sum())
    june = purchases.read_visits(record, EVERYTHING, date(2026, 6, 30), date(2026, 6, 30))
    totals, _ = purchases.measured(june, purchases.count(june, errors, DEFAULT_BANDS), "spend")
    assert totals.value.sum() == 0  # as of visits that are held
    with writing(record) as connection:
        connection.execute(delete(CHECKS))
    sold = [len(alcohol.alcohol_sales(of, errors, USUAL_RULE)) for of in (tables, june)]
    assert sold == [40, 0]


def test_what_is_new_since_the_estimates_were_read_is_counted(
    record: Engine, exported: Path
) -> None:
    add_visits(record, ANYBODY, *visits(40))
    tables = purchases.read_visits(record, EVERYTHING, NOON.date(), NOON.date())
    assert tables.count == 40
    add_visits(record, ANYBODY, *visits(30, "South"))
    export = configured_export()
    assert export is not None
    bring_up_to_date(record, export)
    assert len(purchases.count(tables, errors, DEFAULT_BANDS)) == 70


def test_only_what_has_changed_is_exported_again(record: Engine, exported: Path) -> None:
    export = configured_export()
    assert export == Export(str(exported))
    for store in ("North", "South"):
        add_receipts(record, ANYBODY, receipt_lines(3, store=store))
        add_visits(record, ANYBODY, *visits(3, store))
    assert bring_up_to_date(record, export) == 2
    assert bring_up_to_date(record, export) == 0
    visit = record_visit(record, ANYBODY, NOON + timedelta(days=40), PLACE, estimate())
    assert bring_up_to_date(record, export, "2026-08") == 0
    assert bring_up_to_date(record, export) == 1  # July of the store North
    record_outcome(record, ANYBODY, visit, "ID shown")
    assert bring_up_to_date(record, export) == 1
    more = receipt_lines(3, 6).iloc[-1:]
    add_receipts(record, ANYBODY, more)  # a line more of a known receipt
    assert bring_up_to_date(record, export) == 1
    lines, receipts = (rows(exported, kind) for kind in ("lines", "receipts"))
    assert len(lines) == 31 and len(receipts) == 6
    assert_same(receipts["amount"].sum(), lines["amount"].sum())
    add_receipts(record, ANYBODY, more)
    assert join_receipts(record, EVERYTHING) == 6
    assert bring_up_to_date(record, export) == 2
    seen = rows(exported, "visits")
    assert seen["receipt_id"].notna().sum() == 6 and seen["outcome"].notna().sum() == 5


def test_files_of_an_earlier_version_are_written_again(
    record: Engine, store_url: str, exported: Path
) -> None:
    add_receipts(record, ANYBODY, receipt_lines(3))
    export_now(record)
    (path,) = exported.glob("receipts/*/*")
    old = pyarrow.parquet.read_table(path).drop_columns(["amount", "alcohol"])
    pyarrow.parquet.write_table(old, path)
    with writing(record) as connection:
        connection.execute(update(ALEMBIC_VERSION).values(version_num="9"))
    newer = open_record(store_url)
    assert daily_sales(newer, EVERYTHING, NOON.date(), NOON.date())["receipts"].tolist() == [3]
    newer.dispose()


def rows(exported: Path, kind: str) -> pd.DataFrame:
    """Return the rows of a kind of file."""
    return pd.concat(map(pd.read_parquet, exported.glob(f"{kind}/*/*")))


def export_now(record: Engine) -> None:
    export = configured_export()
    assert export is not None
    bring_up_to_date(record, export)


def words(exported: Path) -> set[object]:
    """Return all values in the files of an export."""
    found: set[object] = set()
    for path in exported.rglob("*.*"):
        assert path.suffix == ".parquet"
        for column in pyarrow.parquet.read_table(path).columns:
            found |= set(column.to_pylist())
    return found


def test_what_is_erased_vanishes_from_the_files(record: Engine, exported: Path) -> None:
    add_receipts(record, ANYBODY, receipt_lines(4))
    key = begin_import(record, ANYBODY, "visits", "visits.csv", ["North"])
    table, distributions = visits(4)
    add_visits(record, ANYBODY, table.assign(cashier="Olga Petrova"), distributions, key)
    end_import(record, ANYBODY, key)
    export_now(record)
    assert "Olga Petrova" in words(exported)
    erase_cashier(record, ANYBODY, "North", "Olga Petrova")
    assert "Olga Petrova" not in words(exported)
    assert (
        sum(pyarrow.parquet.read_table(path).num_rows for path in exported.glob("visits/*/*")) == 4
    )
    undo_import(record, ANYBODY, key)
    assert list(exported.glob("visits/*/*")) == []


def test_forgotten_links_and_removed_visits_vanish(record: Engine, exported: Path) -> None:
    add_receipts(record, ANYBODY, receipt_lines(4).assign(cashier="Olga Petrova"))
    add_visits(record, ANYBODY, *visits(4))
    join_receipts(record, EVERYTHING)
    export_now(record)
    assert "Olga Petrova" in words(exported)
    forget_links(record, 30, NOON + timedelta(days=40))
    assert "Olga Petrova" not in words(exported)
    (path,) = exported.glob("receipts/*/*")
    assert set(pyarrow.parquet.read_table(path)["time"].to_pylist()) == {None}
    with record.connect() as connection:
        assert len(connection.execute(select(VISITS.c.id)).all()) == 4


def test_visits_that_retention_removes_vanish(record: Engine, exported: Path) -> None:
    table, distributions = visits(4)
    table["time"] = [NOON - timedelta(days=days) for days in (50, 40, 3, 2)]
    add_visits(record, ANYBODY, table.assign(cashier="Olga Petrova"), distributions)
    export_now(record)
    assert len(list(exported.glob("visits/*/*"))) == 2  # April and May
    set_retention(record, ANYBODY, "North", 1, 30)
    confirm(record, ANYBODY, read_retention(record)["North"])
    run_retention(record, NOON, "", only_due=True)
    (path,) = exported.glob("visits/*/*")
    kept = pyarrow.parquet.read_table(path)
    assert kept.num_rows == 2 and set(kept["cashier"].to_pylist()) == {None}


def test_a_deletion_that_misses_the_export_is_told_and_made_good(
    record: Engine, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, distributions = visits(4)
    add_visits(record, ANYBODY, table.assign(cashier="Olga Petrova"), distributions)
    export_now(record)

    def away(*_: object) -> None:
        raise ConnectionError("the store is away.")

    with monkeypatch.context() as patch:
        patch.setattr(export_module, "_write", away)
        with pytest.raises(RecordError, match=r"not yet from its export.*: the store is away\."):
            erase_cashier(record, ANYBODY, "North", "Olga Petrova")
    assert "Olga Petrova" in words(exported)
    after_deletion(record)
    assert "Olga Petrova" not in words(exported)


def check_remote(tmp_path: Path) -> Engine:
    """Check what is read by way of the object store that is configured."""
    record = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_receipts(record, ANYBODY, receipt_lines(3))
    add_visits(record, ANYBODY, *visits(3))
    tables = purchases.read_visits(record, EVERYTHING, NOON.date(), NOON.date())
    assert isinstance(tables, LongTables)
    assert len(purchases.count(tables, errors, DEFAULT_BANDS)) == 3
    sales = alcohol.alcohol_sales(tables, errors, USUAL_RULE)
    assert len(sales) == sales.table["p_minor"].gt(0).sum() == len(tables.alcohol_sales())
    assert daily_sales(record, EVERYTHING, NOON.date(), NOON.date())["receipts"].tolist() == [3]
    return record


def test_an_export_in_an_object_store_is_read_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"memory://{tmp_path.name}/record/")
    check_remote(tmp_path)
    files = fsspec.filesystem("memory").find(f"/{tmp_path.name}/record")
    assert len(files) == 3


def test_an_export_in_a_store_of_s3s_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_bucket() as (store, options):
        monkeypatch.setenv(VARIABLE, f"s3://key:secret@shop/record?{options}")
        record = check_remote(tmp_path)

        def months() -> set[str]:
            found = store.get_file_info(fs.FileSelector("shop/record", recursive=True))
            return {file.path for file in found if file.is_file}

        assert len(months()) == 3
        with writing(record) as connection:
            connection.execute(delete(CHECKS))
            connection.execute(delete(VISITS))
        after_deletion(record)
        assert not any("/visits/" in path for path in months()) and len(months()) == 2
