"""Requests that add to the record once, however often they are sent.

Who sends a request gives it a token of its own. Rows, token and answer are written in one
transaction, so that a request that was sent again, because its answer was lost, adds nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from age_model.store.record.audit_log import utc_now
from age_model.store.record.database import writing
from age_model.store.record.schema import API_REQUESTS

REMEMBERED = timedelta(days=7)


class OtherRequestError(ValueError):
    """The token was used for another request."""


class Request(NamedTuple):
    """A request that adds.

    Attributes:
        sender: id of the key; "" in open mode.
        token: the sender's own name for it.
        digest: of its body.
    """

    sender: str
    token: str
    digest: str


class Added(NamedTuple):
    """What a request added.

    Attributes:
        added: rows that were new.
        known: rows that were there already.
    """

    added: int
    known: int


def add_once(engine: Engine, request: Request, add: Callable[[Connection], Added]) -> Added:
    """Add what a request has, or return what it added the first time.

    Args:
        engine: of `open_record`.
        request: that is answered.
        add: adds the rows in the transaction of a connection.

    Raises:
        OtherRequestError: the token was used for another request in the time of `REMEMBERED`.
        AccessDenied, RecordError: nothing was written.
    """
    this = and_(API_REQUESTS.c.sender == request.sender, API_REQUESTS.c.token == request.token)
    with writing(engine) as connection:
        old = API_REQUESTS.c.time <= utc_now() - REMEMBERED
        connection.execute(delete(API_REQUESTS).where(old))
        if not _is_first(connection, request):
            before = connection.execute(select(API_REQUESTS).where(this)).one()
            if before.digest != request.digest:
                raise OtherRequestError
            return Added(before.added, before.known)
        done = add(connection)
        connection.execute(update(API_REQUESTS).where(this).values(**done._asdict()))
    return done


def _is_first(connection: Connection, request: Request) -> bool:
    """Note a request; return False where it is noted already.

    On a server, the same request that another connection is answering is waited for.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = insert(API_REQUESTS).values(**request._asdict(), added=0, known=0, time=utc_now())
    noted = new.on_conflict_do_nothing().returning(API_REQUESTS.c.token)
    return connection.execute(noted).first() is not None
