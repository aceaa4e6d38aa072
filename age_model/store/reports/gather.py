"""Reads what an overview needs."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import Engine

from age_model.access.visitor import Scope
from age_model.evaluation.age_gate import FittedGate, fitted_gate
from age_model.release import released
from age_model.store.analysis.alcohol import AlcoholSales, alcohol_sales
from age_model.store.analysis.attention import (
    Finding,
    Kind,
    TillDays,
    by_urgency,
    findings,
    outside_hours,
)
from age_model.store.analysis.overview import (
    Figure,
    Period,
    check_figures,
    figures_by_store,
    sales_figures,
)
from age_model.store.analysis.purchases import read_visits
from age_model.store.analysis.sale_hours import sold_outside_hours
from age_model.store.analysis.store_rules import StoreRules
from age_model.store.record.daily import daily_sales, daily_unlinked, daily_visits
from age_model.store.record.read import read_span
from age_model.store.record.settings import read_currency
from age_model.store.record.span import record_span
from age_model.store.statistics.model_errors import errors
from age_model.store.tills.rules import read_rules_in_force

KNOWN_DAYS = 28  # before a period: what is usual at a till


@dataclass(frozen=True)
class Overview:
    """A period of the stores in some scope.

    Attributes:
        period: of which everything is.
        compared: whether the record covers the period before, too.
        visits: what `daily_visits` returns, of the period and of days before it.
        sales: what `daily_sales` returns, of the same.
        figures: by `FIGURES`.
        by_store: what `figures_by_store` returns.
        findings: what needs attention.
        currency: code of the currency that amounts are in, if one is set.
    """

    period: Period
    compared: bool
    visits: pd.DataFrame
    sales: pd.DataFrame
    figures: dict[str, Figure]
    by_store: pd.DataFrame
    findings: list[Finding]
    currency: str | None = None

    @property
    def counted(self) -> str:
        """What a day's bars count: "visits", or "receipts" where the period has no visits."""
        return "visits" if self.figures["visits"].value else "receipts"


def fitted_now() -> FittedGate:
    """Return the gate that was fitted for the model in use."""
    try:
        return fitted_gate(released().card()["gate"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return fitted_gate({})


def read_rules_now(engine: Engine) -> StoreRules:
    """Return the rule of every store, by which its sales of alcohol are judged everywhere.

    Raises:
        RecordError: the record cannot be read.
    """
    return read_rules_in_force(engine, fitted_now())


def is_compared(begun: date, period: Period) -> bool:
    """Return whether the record, begun on a day, covers the period before this one."""
    return begun <= period.before.first


def read_daily(engine: Engine, scope: Scope, period: Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `daily_visits` and `daily_sales` do, of a period and the days before it.

    Raises:
        RecordError: the record cannot be read.
    """
    since = _since(period)
    return (
        daily_visits(engine, scope, since, period.last),
        daily_sales(engine, scope, since, period.last),
    )


def read_alcohol(engine: Engine, scope: Scope, period: Period, rules: StoreRules) -> AlcoholSales:
    """Return the sales of alcohol of a period, those of each store judged by its own rule.

    Raises:
        RecordError: the record cannot be read.
    """
    tables = read_visits(engine, scope, period.first, period.last, only_alcohol=True)
    return alcohol_sales(tables, errors, rules)


def read_findings(
    engine: Engine,
    scope: Scope,
    period: Period,
    daily: tuple[pd.DataFrame, pd.DataFrame],
    alcohol: tuple[AlcoholSales, AlcoholSales | None],
) -> list[Finding]:
    """Return what needs attention in a period.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        period: in which.
        daily: of `read_daily`.
        alcohol: the sales of alcohol of the period, and earlier ones.

    Raises:
        RecordError: the record cannot be read.
    """
    unlinked = daily_unlinked(engine, scope, period.first, period.last)
    sold = sold_outside_hours(engine, scope, period.first, period.last)
    found = findings(TillDays(*daily, unlinked), *alcohol, period)
    if read_span(engine, scope) is None:  # no camera is in use: that is no finding of each till
        found = [one for one in found if one.kind is not Kind.NO_VISITS]
    return by_urgency([*outside_hours(sold), *found])


def read_overview(engine: Engine, scope: Scope, period: Period) -> Overview | None:
    """Return the overview of a period; None if there are neither visits nor receipts in it.

    Raises:
        RecordError: the record cannot be read.
    """
    span = record_span(engine, scope)
    compared = span is not None and is_compared(span.begun, period)
    daily = read_daily(engine, scope, period)
    if all(table.empty for table in daily):
        return None
    rules = read_rules_now(engine)
    now = read_alcohol(engine, scope, period, rules)
    before = read_alcohol(engine, scope, period.before, rules) if compared else None
    return Overview(
        period,
        compared,
        *daily,
        sales_figures(*daily, period, compared) | check_figures(now, before),
        figures_by_store(*daily, now, period),
        read_findings(engine, scope, period, daily, (now, before)),
        read_currency(engine),
    )


def read_alerts(engine: Engine, scope: Scope, period: Period) -> list[Finding]:
    """Return what needs attention in a period that may be short: the days before it tell the usual.

    Raises:
        RecordError: the record cannot be read.
    """
    rules = read_rules_now(engine)
    now = read_alcohol(engine, scope, period, rules)
    earlier = read_alcohol(engine, scope, Period(_since(period), period.before.last), rules)
    return read_findings(engine, scope, period, read_daily(engine, scope, period), (now, earlier))


def _since(period: Period) -> date:
    return period.first - timedelta(days=max(KNOWN_DAYS, period.days))
