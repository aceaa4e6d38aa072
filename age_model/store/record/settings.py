"""Settings of the whole record."""

from sqlalchemy import Engine, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import AccessDenied, Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.schema import RECORD_SETTINGS

_CURRENCY = "currency"


def read_currency(engine: Engine) -> str | None:
    """Return the code of the currency that amounts are in, such as "RUB"; None if none is set.

    Raises:
        RecordError: the record cannot be read.
    """
    wanted = RECORD_SETTINGS.c.name == _CURRENCY
    with reading(engine) as connection:
        return connection.scalar(select(RECORD_SETTINGS.c.value).where(wanted))


def set_currency(engine: Engine, writer: Visitor, code: str | None) -> None:
    """Set the currency that amounts are in; they stay as they are.

    Args:
        engine: of `open_record`.
        writer: may change the rules of all stores.
        code: of ISO 4217; None for none.

    Raises:
        AccessDenied: the writer may not; nothing was written.
        RecordError: nothing was written.
    """
    if writer.scope(Action.CHANGE_RULES).stores is not None:
        raise AccessDenied(
            Sentence("The currency is of all stores: who may change only some cannot set it.")
        )
    with writing(engine) as connection:
        connection.execute(delete(RECORD_SETTINGS).where(RECORD_SETTINGS.c.name == _CURRENCY))
        if code is not None:
            connection.execute(insert(RECORD_SETTINGS).values(name=_CURRENCY, value=code))
        log_event(connection, writer.name, Event.SET_CURRENCY, None, currency=code)
