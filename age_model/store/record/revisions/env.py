"""Runs revisions: in the transaction of `migrations`, or by hand on the record in use."""

from alembic import context
from sqlalchemy import Connection

from age_model.store.record.database import open_record, record_url, writing
from age_model.store.record.schema import METADATA, is_of


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters most things by making a table anew
        include_name=lambda name, kind, _: kind != "table" or name in METADATA.tables,
        include_object=lambda item, *_: is_of(connection.dialect.name, item),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with writing(open_record(record_url())) as connection:
        _run(connection)
