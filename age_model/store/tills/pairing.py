"""Devices are paired with a till: a one-time code becomes a signed token, which can be revoked.

A device shows its token with every request. Its signature is made with a key in the record, so that
nobody without the record makes one, and its random serial number must be in the list of paired
tills, so that a token can be revoked.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Column, Connection, Engine, Select, delete, func, insert, select, update

from age_model.access.rights import Action
from age_model.access.visitor import Scope, Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.database import check_text, reading, wait_for_turn, writing
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import (
    PAIRED_TILLS,
    PAIRING_CODES,
    SIGNING_KEYS,
    WRONG_CODES,
)

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(days=365)
MOST_WRONG = 20  # codes in the time below: of 100 million, a guess finds one hardly ever
WRONG_WITHIN = timedelta(minutes=10)
LONGEST_TOKEN = 300  # characters
SEEN_EVERY = timedelta(minutes=1)  # how often the time of the last use is written down
_PURPOSE = "paired tills"


class PairingError(Exception):
    """A device cannot be paired; the message is a `Sentence`."""


class PairedTill(NamedTuple):
    """A device that is a till.

    Attributes:
        serial: identifies the pairing.
        paired_by: name of the manager.
        paired_at: as all times here UTC, without a time zone.
        last_seen: to the minute; None if it never was.
        revoked_at: None while it may be used.
    """

    serial: str
    store: str
    till: str
    paired_by: str
    paired_at: datetime
    last_seen: datetime | None
    revoked_at: datetime | None


def make_code(engine: Engine, writer: Visitor, store: str, till: str) -> str:
    """Return a one-time code that makes a device a till within `CODE_LIFE`.

    Args:
        engine: of `open_record`.
        writer: who pairs it.
        store: of the till.
        till: its name.

    Raises:
        AccessDenied: the writer may not pair tills of the store.
        RecordError: nothing was written.
    """
    writer.check(Action.PAIR_TILLS, store)
    check_text(store + till)
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    now = utc_now()
    with writing(engine) as connection:
        connection.execute(delete(PAIRING_CODES).where(PAIRING_CODES.c.expires <= now))
        connection.execute(
            insert(PAIRING_CODES).values(
                digest=_digest(_key(connection), code),
                store=store,
                till=till,
                made_by=writer.name,
                expires=now + CODE_LIFE,
            )
        )
        log_event(connection, writer.name, Event.MADE_CODE, store, till=till)
    return code


def pair(engine: Engine, code: str) -> str:
    """Return the token of a device on which a code was entered; the code is then used up.

    Raises:
        PairingError: the code is unknown, used or too old, or there were too many wrong ones.
        RecordError: nothing was written.
    """
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", digits):
        raise PairingError(Sentence("A code has {digits} digits.", digits=CODE_DIGITS))
    with writing(engine) as connection:
        wait_for_turn(connection, WRONG_CODES)
        too_many = _count_wrong(connection) >= MOST_WRONG
        token = None if too_many else _use_code(connection, digits)
    if too_many:
        raise PairingError(
            Sentence(
                "There were too many wrong codes. Wait {minutes} minutes, then make a new code.",
                minutes=WRONG_WITHIN // timedelta(minutes=1),
            )
        )
    if token is None:
        raise PairingError(
            Sentence("This code is wrong, used or too old. Ask the manager for a new one.")
        )
    return token


def find_till(engine: Engine, token: str) -> PairedTill | None:
    """Return the till whose token a device shows.

    None where the token is forged, of another record, too old or revoked.

    Raises:
        RecordError: the record cannot be read.
    """
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    with reading(engine) as connection:
        key = connection.scalar(_select_key())
        serial = _serial(key, token) if key else None
        if serial is None:
            return None
        row = connection.execute(
            select(*_columns()).where(
                PAIRED_TILLS.c.serial == serial, PAIRED_TILLS.c.revoked_at.is_(None)
            )
        ).first()
    if row is None:
        return None
    till = PairedTill(*row)
    now = utc_now()
    if till.last_seen is None or now - till.last_seen > SEEN_EVERY:
        with writing(engine) as connection:
            seen = update(PAIRED_TILLS).where(PAIRED_TILLS.c.serial == serial)
            connection.execute(seen.values(last_seen=now))
    return till


def list_tills(engine: Engine, scope: Scope) -> list[PairedTill]:
    """Return the tills that are paired, by store and till.

    Args:
        engine: of `open_record`.
        scope: whose stores are listed.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(*_columns()).where(
        PAIRED_TILLS.c.revoked_at.is_(None), in_scope(PAIRED_TILLS, scope)
    )
    by = PAIRED_TILLS.c.store, PAIRED_TILLS.c.till, PAIRED_TILLS.c.paired_at
    with reading(engine) as connection:
        return [PairedTill(*row) for row in connection.execute(query.order_by(*by))]


def revoke(engine: Engine, writer: Visitor, till: PairedTill) -> None:
    """Make a device's token worthless; one that is revoked already stays so.

    Raises:
        AccessDenied: the writer may not pair tills of the store.
        RecordError: nothing was written.
    """
    writer.check(Action.PAIR_TILLS, till.store)
    with writing(engine) as connection:
        changed = connection.execute(
            update(PAIRED_TILLS)
            .where(
                PAIRED_TILLS.c.serial == till.serial,
                PAIRED_TILLS.c.store == till.store,
                PAIRED_TILLS.c.revoked_at.is_(None),
            )
            .values(revoked_at=utc_now())
        ).rowcount
        if changed:
            log_event(connection, writer.name, Event.REVOKED_TILL, till.store, till=till.till)


def _columns() -> list[Column[Any]]:
    return [PAIRED_TILLS.c[name] for name in PairedTill._fields]


def _count_wrong(connection: Connection) -> int:
    old = delete(WRONG_CODES).where(WRONG_CODES.c.time <= utc_now() - WRONG_WITHIN)
    connection.execute(old)
    return connection.scalar(select(func.count()).select_from(WRONG_CODES)) or 0


def _use_code(connection: Connection, code: str) -> str | None:
    """Return the token for a code, and write the till down; None where no such code is open."""
    key, now = _key(connection), utc_now()
    used = connection.execute(
        delete(PAIRING_CODES)
        .where(PAIRING_CODES.c.digest == _digest(key, code), PAIRING_CODES.c.expires > now)
        .returning(PAIRING_CODES.c.store, PAIRING_CODES.c.till, PAIRING_CODES.c.made_by)
    ).first()
    if used is None:
        connection.execute(insert(WRONG_CODES).values(time=now))
        return None
    store, till, made_by = used
    serial = secrets.token_hex(16)
    connection.execute(
        insert(PAIRED_TILLS).values(
            serial=serial, store=store, till=till, paired_by=made_by, paired_at=now
        )
    )
    log_event(connection, made_by, Event.PAIRED_TILL, store, till=till)
    return str(_serializer(key).dumps(serial))


def _serial(key: str, token: str) -> str | None:
    try:
        serial = _serializer(key).loads(token, max_age=int(TOKEN_LIFE.total_seconds()))
    except (BadData, ValueError):
        return None
    return serial if isinstance(serial, str) else None


def _serializer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key, salt=_PURPOSE, signer_kwargs={"digest_method": hashlib.sha256}
    )


def _select_key() -> Select[str]:
    return select(SIGNING_KEYS.c.value).where(SIGNING_KEYS.c.purpose == _PURPOSE)


def _key(connection: Connection) -> str:
    """Return the record's own key, made on first use."""
    wait_for_turn(connection, SIGNING_KEYS)
    known: str | None = connection.scalar(_select_key())
    if known is not None:
        return known
    key = secrets.token_hex(32)
    connection.execute(insert(SIGNING_KEYS).values(purpose=_PURPOSE, value=key))
    return key


def _digest(key: str, code: str) -> str:
    return hmac.new(key.encode(), code.encode(), hashlib.sha256).hexdigest()
