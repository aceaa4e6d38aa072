"""How the columns of a file were read, for the next file with the same headings."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from age_model.access.visitor import Visitor
from age_model.store.record.database import reading, writing
from age_model.store.record.schema import COLUMN_CHOICES


def known_choice(
    engine: Engine, reader: Visitor, kind: str, headings: Iterable[str]
) -> dict[str, Any] | None:
    """Return what the reader chose for the last file with these headings, if there was one.

    Args:
        engine: of `open_record`.
        reader: sees her own choices alone: they may name stores.
        kind: "receipts" or "visits".
        headings: of the file, in any order.

    Raises:
        RecordError: the record cannot be read.
    """
    with reading(engine) as connection:
        text = connection.scalar(
            select(COLUMN_CHOICES.c.choice).where(*_place(reader, kind, headings))
        )
    return None if text is None else dict(json.loads(text))


def keep_choice(
    engine: Engine, writer: Visitor, kind: str, headings: Iterable[str], choice: dict[str, Any]
) -> None:
    """Keep what was chosen for a file, in place of what was chosen for the last one like it.

    Args:
        engine: of `open_record`.
        writer: who chose.
        kind: "receipts" or "visits".
        headings: of the file, in any order.
        choice: can be written as JSON.

    Raises:
        RecordError: nothing was written.
    """
    headings = list(headings)
    with writing(engine) as connection:
        connection.execute(delete(COLUMN_CHOICES).where(*_place(writer, kind, headings)))
        connection.execute(
            insert(COLUMN_CHOICES).values(
                who=writer.name,
                kind=kind,
                headings=_digest(headings),
                choice=json.dumps(choice, ensure_ascii=False),
            )
        )


def _place(visitor: Visitor, kind: str, headings: Iterable[str]) -> tuple[Any, ...]:
    return (
        COLUMN_CHOICES.c.who == visitor.name,
        COLUMN_CHOICES.c.kind == kind,
        COLUMN_CHOICES.c.headings == _digest(headings),
    )


def _digest(headings: Iterable[str]) -> str:
    return sha256(json.dumps(sorted(headings)).encode()).hexdigest()
