"""The figures of a period against the one before, on a demonstration month."""

from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from age_model.access.visitor import EVERYTHING
from age_model.predict.id_rule import USUAL_RULE
from age_model.store.analysis.alcohol import (
    FEWEST_CHECKS,
    AlcoholSales,
    alcohol_sales,
    summarise_sales,
)
from age_model.store.analysis.overview import (
    FIGURES,
    Figure,
    Period,
    check_figures,
    figures_by_store,
    sales_figures,
)
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.daily import daily_sales, daily_visits
from age_model.store.record.database import open_record
from age_model.store.record.read import StoreTables
from age_model.store.record.select import of_days
from age_model.store.statistics.model_errors import errors

WEEK = Period(date(2026, 6, 15), date(2026, 6, 21))
Days = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def month() -> StoreTables:
    return demo_month(4, 6000)[0]


@pytest.fixture(scope="module")
def engine(month: StoreTables, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = open_record(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")
    add_month(engine, month)
    return engine


@pytest.fixture(scope="module")
def days(engine: Engine) -> Days:
    visits, sales = (
        read(engine, EVERYTHING, WEEK.before.first, WEEK.last)
        for read in (daily_visits, daily_sales)
    )
    return visits, sales


@pytest.fixture(scope="module")
def alcohol(month: StoreTables) -> list[AlcoholSales]:
    return [
        alcohol_sales(of_days(month, *period), errors, USUAL_RULE) for period in (WEEK, WEEK.before)
    ]


def bought(month: StoreTables, period: Period) -> tuple[int, float, int]:
    """Return visits, revenue and receipts of a period, from the month itself."""
    part = of_days(month, *period)
    lines = part.lines[part.lines["receipt"].isin(part.visits["receipt"])]
    return len(part.visits), lines["amount"].sum(), lines["receipt"].nunique()


@pytest.mark.parametrize("without", ["visits", "receipts"])
def test_a_period_before_without_any_is_no_change(days: Days, without: str) -> None:
    visits, sales = ([t[WEEK.holds(t["day"])], t] for t in days)
    figures = sales_figures(visits[without != "visits"], sales[without != "receipts"], WEEK, True)
    lacking = {"visits"} if without == "visits" else {"revenue", "basket"}
    for name, figure in figures.items():
        assert np.isnan(figure.change) == (name in lacking)
        assert (figure.differs is None) == (name in lacking)


def test_the_figures_are_those_of_the_month(month: StoreTables, days: Days) -> None:
    figures = sales_figures(*days, WEEK, compared=True)
    visits, revenue, receipts = bought(month, WEEK)
    assert figures["visits"].value == visits
    assert figures["revenue"].value == pytest.approx(revenue)
    assert figures["basket"].value == pytest.approx(revenue / receipts)
    visits, revenue, receipts = bought(month, WEEK.before)
    assert figures["visits"].before == visits
    assert figures["basket"].before == pytest.approx(revenue / receipts)


def test_two_weeks_of_one_store_cannot_be_told_apart(
    days: Days, alcohol: list[AlcoholSales]
) -> None:
    figures = sales_figures(*days, WEEK, compared=True) | check_figures(*alcohol)
    assert tuple(figures) == FIGURES
    assert [name for name, figure in figures.items() if figure.differs] == []
    for figure in figures.values():
        assert figure.change_low <= figure.change <= figure.change_high


def test_a_planted_fall_is_seen(days: Days) -> None:
    visits, sales = days
    later = WEEK.holds(sales["day"])
    fallen = sales.assign(revenue=sales["revenue"].where(~later, sales["revenue"] * 0.7))
    figures = sales_figures(visits, fallen, WEEK, compared=True)
    assert {name: figure.differs for name, figure in figures.items()} == {
        "visits": False,
        "revenue": True,
        "basket": True,
    }
    assert figures["revenue"].change_high < 0


def test_a_planted_fall_of_the_rate_is_seen(alcohol: list[AlcoholSales]) -> None:
    now, before = alcohol
    rows = now.table
    half = np.arange(len(rows)) % 2 == 0
    lax = AlcoholSales(rows.assign(asked=rows["asked"] & half), now.odds)
    figures = check_figures(lax, before)
    assert figures["id_rate"].differs and figures["id_rate"].change_high < 0
    assert figures["id_rate"].before == pytest.approx(summarise_sales(before)["rate"])
    assert figures["minors"].value > check_figures(now, before)["minors"].value


def test_without_a_period_before_nothing_is_compared(
    days: Days, alcohol: list[AlcoholSales]
) -> None:
    figures = sales_figures(*days, WEEK, compared=False) | check_figures(alcohol[0], None)
    assert all(figure.differs is None and np.isnan(figure.change) for figure in figures.values())
    assert not np.isnan([figure.value for figure in figures.values()]).any()


def test_few_checks_make_no_rate(alcohol: list[AlcoholSales]) -> None:
    now, before = alcohol
    young = np.flatnonzero(now.table["looked_young"] & now.table["recorded"])
    for count, known in ((FEWEST_CHECKS - 1, False), (FEWEST_CHECKS, True)):
        some = AlcoholSales(now.table.iloc[young[:count]], now.odds)
        figure = check_figures(some, before)["id_rate"]
        assert np.isfinite(figure.value) == known and (figure.differs is not None) == known
    nobody = AlcoholSales(now.table.assign(recorded=False), now.odds)
    assert np.isnan(check_figures(nobody, None)["minors"].value)


def test_a_figure_differs_where_its_interval_leaves_out_nothing() -> None:
    figure = partial(Figure, 5.0, before=3.0)
    assert figure(change_low=-1, change_high=5).differs is False
    assert figure(change_low=1, change_high=3).differs is True
    assert figure(change_low=-3, change_high=-1).differs is True
    assert figure().differs is None


def test_stores_add_up(month: StoreTables, days: Days, alcohol: list[AlcoholSales]) -> None:
    table = figures_by_store(*days, alcohol[0], WEEK)
    visits, revenue, _ = bought(month, WEEK)
    assert table["visits"].sum() == visits
    assert table["revenue"].sum() == pytest.approx(revenue)
    assert table["minors"].sum() == pytest.approx(summarise_sales(alcohol[0])["minors"])
    assert list(table["store"]) == sorted(month.visits["store"].cat.categories)
    nothing = AlcoholSales(alcohol[0].table.iloc[:0], alcohol[0].odds)
    assert figures_by_store(*days, nothing, WEEK)["id_rate"].isna().all()
