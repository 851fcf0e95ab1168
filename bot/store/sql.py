"""Pieces of SQL that the repositories share."""

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as _insert


def insert(table: Table, *, without: str | None = None) -> Insert:
    """INSERT of every column, each bound by its own name, `without` but one that the database fills.

    PostgreSQL's construct, because its ON CONFLICT is what SQLite speaks too (it took it from there).
    """
    columns = [column.name for column in table.columns if column.name != without]
    return _insert(table).values({name: bindparam(name) for name in columns})


def upsert(table: Table) -> Insert:
    """INSERT of every column, or UPDATE of all but the key where the row is there."""
    statement = insert(table)
    keys = {column.name for column in table.primary_key}
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys},
    )
