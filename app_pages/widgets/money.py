"""The currency that amounts on pages are in."""

from age_model.i18n.money import symbol
from app_pages.widgets.record import open_record_or_say_why


def with_unit(name: str) -> str:
    """Return the name of an amount, with the sign of the currency if that is known.

    Raises:
        RecordError: the record cannot be read.
    """
    return ", ".join(filter(None, (name, money_unit())))


def money_unit() -> str:
    """Return the sign of the currency of amounts; empty if it is not known.

    Raises:
        RecordError: the record cannot be read.
    """
    from age_model.store.record.settings import read_currency

    engine = open_record_or_say_why()
    return symbol(read_currency(engine)) if engine is not None else ""
