"""Keys of the HTTP service: each for one store, or one till of it, shown once and revocable.

A key is 32 random bytes, so that its plain SHA-256 digest, which is all that is kept, tells nothing
about it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, insert, select, update

from age_model.access.rights import Action, Role
from age_model.access.visitor import Scope, Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.database import check_text, reading, writing
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import API_KEYS

BEGINS = "age_"  # so that a key is recognised where it does not belong
_BYTES = 32
_LONGEST = 100  # characters of what is looked up
_USED_EVERY = timedelta(minutes=1)  # how often the time of the last use is written down


class UnknownKeyError(ValueError):
    """There is no such key; the message is a `Sentence`."""


class ApiKey(NamedTuple):
    """What a key is for.

    Attributes:
        id: names it in lists and logs; no secret.
        till: None for all tills of the store.
        made_by: who made it.
        made_at: as all times here UTC, without a time zone.
        last_used: to the minute; None if it never was.
        revoked_at: None while it may be used.
    """

    id: str
    store: str
    till: str | None
    made_by: str
    made_at: datetime
    last_used: datetime | None
    revoked_at: datetime | None

    @property
    def visitor(self) -> Visitor:
        """Who writes with this key: somebody who may import into its store alone."""
        return Visitor.of(f"key {self.id}", [Role.MANAGER], [self.store])


_COLUMNS = tuple(API_KEYS.c[name] for name in ApiKey._fields)


def make_key(engine: Engine, writer: Visitor, store: str, till: str | None) -> tuple[str, str]:
    """Make a key; return its id, and the key itself, which cannot be had again.

    Args:
        engine: of `open_record`.
        writer: who makes it.
        store: that it is for.
        till: the only one that it is for; None for all of the store.

    Raises:
        AccessDenied: the writer may not pair tills of the store.
        RecordError: nothing was written.
    """
    writer.check(Action.PAIR_TILLS, store)
    check_text(store + (till or ""))
    name, key = secrets.token_hex(4), BEGINS + secrets.token_urlsafe(_BYTES)
    with writing(engine) as connection:
        connection.execute(
            insert(API_KEYS).values(
                id=name,
                digest=_digest(key),
                store=store,
                till=till,
                made_by=writer.name,
                made_at=utc_now(),
            )
        )
        log_event(connection, writer.name, Event.MADE_KEY, store, key=name, till=till)
    return name, key


def find_key(engine: Engine, key: str) -> ApiKey | None:
    """Return what a key is for; None where it is unknown or revoked.

    Raises:
        RecordError: the record cannot be read.
    """
    if not key.isascii() or len(key) > _LONGEST:
        return None
    valid = API_KEYS.c.digest == _digest(key), API_KEYS.c.revoked_at.is_(None)
    with reading(engine) as connection:
        row = connection.execute(select(*_COLUMNS).where(*valid)).first()
    if row is None:
        return None
    found = ApiKey(*row)
    now = utc_now()
    if found.last_used is None or now - found.last_used > _USED_EVERY:
        with writing(engine) as connection:
            connection.execute(update(API_KEYS).where(*valid).values(last_used=now))
    return found


def list_keys(engine: Engine, scope: Scope) -> list[ApiKey]:
    """Return the keys that may be used, by store and till.

    Args:
        engine: of `open_record`.
        scope: whose stores are listed.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(*_COLUMNS).where(API_KEYS.c.revoked_at.is_(None), in_scope(API_KEYS, scope))
    by = API_KEYS.c.store, API_KEYS.c.till, API_KEYS.c.made_at
    with reading(engine) as connection:
        return [ApiKey(*row) for row in connection.execute(query.order_by(*by))]


def revoke_key(engine: Engine, writer: Visitor, name: str) -> ApiKey:
    """Make a key worthless; return what it was for. One that is revoked already stays so.

    Args:
        engine: of `open_record`.
        writer: who revokes it.
        name: its id.

    Raises:
        AccessDenied: the writer may not pair tills of the key's store.
        UnknownKeyError: there is no such key.
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        row = connection.execute(select(*_COLUMNS).where(API_KEYS.c.id == name)).first()
        if row is None:
            raise UnknownKeyError(
                Sentence("There is no key {name}: “key list” names them.", name=name)
            )
        found = ApiKey(*row)
        writer.check(Action.PAIR_TILLS, found.store)
        if found.revoked_at is None:
            this = update(API_KEYS).where(API_KEYS.c.id == name)
            connection.execute(this.values(revoked_at=utc_now()))
            log_event(
                connection,
                writer.name,
                Event.REVOKED_KEY,
                found.store,
                key=name,
                till=found.till,
            )
    return found


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
