"""What a till did each day, added up by the database: for figures that need no single visit."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Select, func, select

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.export import configured_export
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import LINES, MONEY_PARTS, RECEIPTS, VISITS

TILL_DAY = ["store", "till", "day"]


def daily_visits(engine: Engine, scope: Scope, first: date, last: date) -> pd.DataFrame:
    """Count the visits of each till and day.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        first: day.
        last: day; both count.

    Returns:
        One row a till and day with visits: store, till, day (datetime64[ns]), visits (with an
        estimated age), without_age (visits without one), mean_age (of the estimates, years;
        missing where there are none), sharpness and light (means of the faces' pictures, see
        `FaceQuality`; missing where none was measured).

    Raises:
        RecordError: the record cannot be read.
    """
    export = configured_export()
    if export is not None:
        from age_model.store.record import read_export  # which not every installation has

        return _in_order(read_export.daily_visits(engine, export, scope, first, last))
    day = func.date(VISITS.c.time).label("day")
    count = func.count(VISITS.c.age)
    place = VISITS.c.store, VISITS.c.till, day
    query = select(
        *place,
        count.label("visits"),
        (func.count() - count).label("without_age"),
        func.avg(VISITS.c.age).label("mean_age"),
        func.avg(VISITS.c.sharpness).label("sharpness"),
        func.avg(VISITS.c.light).label("light"),
    )
    midnight = datetime.combine(last + timedelta(days=1), time())
    wanted = [VISITS.c.time >= datetime.combine(first, time()), VISITS.c.time < midnight]
    return _table(engine, query.where(*wanted, in_scope(VISITS, scope)).group_by(*place))


def daily_sales(engine: Engine, scope: Scope, first: date, last: date) -> pd.DataFrame:
    """Total the receipts with lines of each till and day, with and without a visit.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        first: day.
        last: day; both count.

    Returns:
        One row a till and day with receipts: store, till, day (datetime64[ns]), receipts (how
        many), revenue (sum of their amounts, returns subtracted, in the store's currency).

    Raises:
        RecordError: the record cannot be read.
    """
    export = configured_export()
    if export is not None:
        from age_model.store.record import read_export

        table = read_export.daily_sales(engine, export, scope, first, last)
        return _in_order(table.assign(revenue=table["revenue"] / MONEY_PARTS))
    place = RECEIPTS.c.store, RECEIPTS.c.till, RECEIPTS.c.day
    query = select(
        *place,
        func.count(RECEIPTS.c.id.distinct()).label("receipts"),
        func.sum(LINES.c.amount).label("revenue"),
    ).select_from(LINES.join(RECEIPTS))
    table = _table(engine, query.where(*_issued(scope, first, last)).group_by(*place))
    return table.assign(revenue=table["revenue"].astype(float) / MONEY_PARTS)


def daily_unlinked(engine: Engine, scope: Scope, first: date, last: date) -> pd.DataFrame:
    """Count the receipts of each till and day that could have been linked to a visit.

    Old receipts have lost their time, and cannot be linked any more: they are left out.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        first: day.
        last: day; both count.

    Returns:
        One row a till and day: store, till, day (datetime64[ns]), timed (receipts with a time),
        unlinked (those of them without a visit).

    Raises:
        RecordError: the record cannot be read.
    """
    export = configured_export()
    if export is not None:
        from age_model.store.record import read_export

        return _in_order(read_export.daily_unlinked(engine, export, scope, first, last))
    place = RECEIPTS.c.store, RECEIPTS.c.till, RECEIPTS.c.day
    every = func.count()
    query = (
        select(*place, every.label("timed"), (every - func.count(VISITS.c.id)).label("unlinked"))
        .select_from(RECEIPTS.outerjoin(VISITS, VISITS.c.receipt_id == RECEIPTS.c.id))
        .where(RECEIPTS.c.time.is_not(None), *_issued(scope, first, last))
        .group_by(*place)
    )
    return _table(engine, query)


def _issued(scope: Scope, first: date, last: date) -> list[ColumnElement[bool]]:
    return [RECEIPTS.c.day >= first, RECEIPTS.c.day <= last, in_scope(RECEIPTS, scope)]


def _table(engine: Engine, query: Select[Any]) -> pd.DataFrame:
    with reading(engine) as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    return _in_order(pd.DataFrame(rows, columns=list(query.selected_columns.keys())))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(day=pd.to_datetime(table["day"]).astype("datetime64[ns]")).sort_values(
        TILL_DAY, ignore_index=True
    )
