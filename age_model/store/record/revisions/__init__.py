"""The history of the record's tables, run by Alembic."""
