"""A store's cashiers: each signs in at a till with a PIN, and five wrong ones lock the account.

The count of wrong PINs is in the record, so that another browser or till does not start it anew. It
is raised before a PIN is compared, so that many tries at once do not get past it either.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, insert, select, update

from age_model.access.rights import Action, Role
from age_model.access.visitor import Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, cashier_key, log_event, utc_now
from age_model.store.record.database import check_text, reading, wait_for_turn, writing
from age_model.store.record.schema import CASHIERS

PIN_DIGITS = 6
MOST_WRONG = 5  # PINs, then the account is locked
LOCKED_FOR = timedelta(minutes=15)  # doubled with every further five wrong PINs
LOCKED_AT_MOST = timedelta(days=1)
LONGEST_NAME = 60  # characters, as on the pages
_HASHER = PasswordHasher()  # RFC 9106, second recommendation: argon2id, 64 MiB


class CashierError(Exception):
    """A cashier cannot be added or signed in; the message is a `Sentence`."""


class LockedError(CashierError):
    """An account is locked after wrong PINs.

    Attributes:
        until: UTC, without a time zone.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(
            Sentence("Too many wrong PINs: the account is locked. The manager can reset the PIN.")
        )
        self.until = until


class Cashier(NamedTuple):
    """A cashier's account.

    Attributes:
        id: its key.
        pin_set: when the PIN was set, as all times here UTC; who signed in before must do so again.
        locked_until: None where it is not locked.
    """

    id: int
    store: str
    name: str
    active: bool
    pin_set: datetime
    locked_until: datetime | None

    @property
    def visitor(self) -> Visitor:
        """What the cashier may do: use a till of the store, and nothing else."""
        return Visitor.of(cashier_key(self.id), [Role.CASHIER], [self.store])


def list_cashiers(engine: Engine, store: str) -> list[Cashier]:
    """Return the cashiers of a store, in the order of names.

    Raises:
        RecordError: the record cannot be read.
    """
    query = _select().where(CASHIERS.c.store == store).order_by(CASHIERS.c.name)
    with reading(engine) as connection:
        return [Cashier(*row) for row in connection.execute(query)]


def add_cashier(engine: Engine, writer: Visitor, store: str, name: str) -> str:
    """Add a cashier; return the PIN, which is kept nowhere.

    Raises:
        AccessDenied: the writer may not manage cashiers of the store.
        CashierError: there is one of this name already, be it in capitals, or it is no name.
        RecordError: nothing was written.
    """
    writer.check(Action.MANAGE_CASHIERS, store)
    name = " ".join(name.split())
    check_text(name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise CashierError(Sentence("Write a name of 1 to {most} characters.", most=LONGEST_NAME))
    pin = _new_pin()
    values = {"store": store, "name": name, "active": True, "wrong_pins": 0}
    values |= {"pin": _HASHER.hash(pin), "pin_set": utc_now()}
    with writing(engine) as connection:
        wait_for_turn(connection, CASHIERS)
        _check_is_new(connection, store, name)
        key = connection.execute(insert(CASHIERS).values(values)).inserted_primary_key
        assert key is not None
        log_event(connection, writer.name, Event.ADDED_CASHIER, store, cashier=key[0])
    return pin


def reset_pin(engine: Engine, writer: Visitor, cashier: Cashier) -> str:
    """Give a cashier a new PIN, which also unlocks the account; return the PIN.

    Raises:
        AccessDenied: the writer may not manage cashiers of the store.
        RecordError: nothing was written.
    """
    pin = _new_pin()
    values = {"pin": _HASHER.hash(pin), "pin_set": utc_now(), "wrong_pins": 0}
    _change(engine, writer, cashier, Event.RESET_PIN, values | {"locked_until": None})
    return pin


def set_active(engine: Engine, writer: Visitor, cashier: Cashier, active: bool) -> None:
    """Let a cashier use the store's tills, or no longer.

    Raises:
        AccessDenied: the writer may not manage cashiers of the store.
        RecordError: nothing was written.
    """
    _change(engine, writer, cashier, Event.CHANGED_CASHIER, {"active": active}, active=active)


def sign_in(engine: Engine, store: str, key: int, pin: str) -> Cashier:
    """Return the cashier, if it is the right PIN.

    Args:
        engine: of `open_record`.
        store: of the till.
        key: of the account.
        pin: as typed.

    Raises:
        CashierError: it is not; a wrong PIN was counted.
        LockedError: the account is locked.
        RecordError: it cannot be compared.
    """
    until = None
    with writing(engine) as connection:
        row = _locked_row(connection, store, key)
        locked = row is not None and row.locked_until is not None and row.locked_until > utc_now()
        if row is not None and not locked:
            until = _count_try(connection, key, row.wrong_pins + 1)
    if row is None:
        raise CashierError(Sentence("This cashier does not work here any more."))
    if locked:
        raise LockedError(row.locked_until)
    if not _is_right(row.pin, pin):
        _after_wrong(engine, store, key, row.wrong_pins + 1, until)
    with writing(engine) as connection:
        right = update(CASHIERS).where(CASHIERS.c.id == key, CASHIERS.c.pin == row.pin)
        connection.execute(right.values(wrong_pins=0, locked_until=None))
    return Cashier(key, store, row.name, True, row.pin_set, None)


def why_out(engine: Engine, cashier: Cashier) -> Sentence | None:
    """Return why a cashier who signed in may not go on; None if she may.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(CASHIERS.c.active, CASHIERS.c.pin_set).where(CASHIERS.c.id == cashier.id)
    with reading(engine) as connection:
        now = connection.execute(query).first()
    if now is None:
        return Sentence("{name} was signed out: the account was erased.", name=cashier.name)
    if not now.active:
        return Sentence(
            "{name} was signed out: the manager has deactivated the account.", name=cashier.name
        )
    if now.pin_set != cashier.pin_set:
        return Sentence("{name} was signed out: sign in with the new PIN.", name=cashier.name)
    return None


def _select() -> Any:  # noqa: ANN401
    return select(*(CASHIERS.c[name] for name in Cashier._fields))


def _change(
    engine: Engine,
    writer: Visitor,
    cashier: Cashier,
    event: Event,
    values: dict[str, Any],
    **detail: object,
) -> None:
    writer.check(Action.MANAGE_CASHIERS, cashier.store)
    with writing(engine) as connection:
        which = CASHIERS.c.id == cashier.id, CASHIERS.c.store == cashier.store
        connection.execute(update(CASHIERS).where(*which).values(values))
        log_event(connection, writer.name, event, cashier.store, cashier=cashier.id, **detail)


def _locked_row(connection: Connection, store: str, key: int) -> Row[Any] | None:
    """Return an active account that others wait for until the transaction ends."""
    columns = (
        CASHIERS.c[name] for name in ("name", "pin", "pin_set", "wrong_pins", "locked_until")
    )
    which = CASHIERS.c.id == key, CASHIERS.c.store == store, CASHIERS.c.active
    return connection.execute(select(*columns).where(*which).with_for_update()).first()


def _check_is_new(connection: Connection, store: str, name: str) -> None:
    """Check that a store has no cashier whose name is this one, or this one in capitals.

    The database would not do: SQLite knows the capitals of English only.
    """
    for known in connection.scalars(select(CASHIERS.c.name).where(CASHIERS.c.store == store)):
        if known.casefold() == name.casefold():
            raise CashierError(
                Sentence("The store {store} has a cashier {name} already.", store=store, name=known)
            )


def _count_try(connection: Connection, key: int, tries: int) -> datetime | None:
    """Count a try as wrong until it is known to be right; return until when that locks it."""
    values: dict[str, Any] = {"wrong_pins": tries}
    if tries % MOST_WRONG == 0:
        times = min(tries // MOST_WRONG - 1, 20)
        values["locked_until"] = utc_now() + min(LOCKED_FOR * 2**times, LOCKED_AT_MOST)
    connection.execute(update(CASHIERS).where(CASHIERS.c.id == key).values(values))
    return values.get("locked_until")


def _after_wrong(
    engine: Engine, store: str, key: int, tries: int, until: datetime | None
) -> NoReturn:
    left = -tries % MOST_WRONG
    if until is None:
        raise CashierError(
            Sentence("Wrong PIN. Tries left until the account is locked: {left}.", left=left)
        )
    with writing(engine) as connection:
        log_event(connection, cashier_key(key), Event.LOCKED_PIN, store)
    raise LockedError(until)


def _is_right(hashed: str, pin: str) -> bool:
    try:
        return _HASHER.verify(hashed, pin.strip().encode(errors="replace"))
    except (VerificationError, InvalidHashError):
        return False


def _new_pin() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
