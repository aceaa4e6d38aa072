"""The regions that stores are in, each with laws of its own."""

from collections.abc import Mapping

from sqlalchemy import Engine, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import Scope, Visitor
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.schema import STORE_REGIONS


def read_regions(engine: Engine, scope: Scope) -> dict[str, str]:
    """Return the region of each store in scope that is in one.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(STORE_REGIONS.c.store, STORE_REGIONS.c.region).order_by(STORE_REGIONS.c.store)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {store: region for store, region in rows if scope.includes(store)}


def set_regions(engine: Engine, writer: Visitor, regions: Mapping[str, str]) -> None:
    """Set the regions of stores; those that are not named stay where they are.

    Args:
        engine: of `open_record`.
        writer: who sets them.
        regions: of each store; an empty one takes it out of any.

    Raises:
        AccessDenied: the writer may not change rules of one of the stores; nothing was written.
        RecordError: nothing was written.
    """
    for store in regions:
        writer.check(Action.CHANGE_RULES, store)
    with writing(engine) as connection:
        for store, region in regions.items():
            connection.execute(delete(STORE_REGIONS).where(STORE_REGIONS.c.store == store))
            if region:
                connection.execute(insert(STORE_REGIONS).values(store=store, region=region))
            log_event(connection, writer.name, Event.SET_REGION, store, region=region or None)
