"""The schema: the migrations lead to the tables that the code speaks of, and every hot query uses an index."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from bot.store import assignment_rows, audit_rows, chat_rows, claims, job_rows, posting_rows, request_rows
from bot.store.session import Statements
from bot.store.tables import metadata
from bot.workflow.records import JobKind


def test_the_migrations_lead_to_the_tables_of_the_code(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


HOT = {
    "a request": request_rows._GET,
    "a nonce": request_rows._WITH_NONCE,
    "a sponsor's requests": request_rows._OF_SPONSOR,
    "a sponsor's count": request_rows._COUNT_OF_SPONSOR,
    "requests about a guest": request_rows._ABOUT_GUEST,
    "held packages": request_rows._HELD,
    "the holder of a package": request_rows._HOLDER,
    "a guest's assignments": assignment_rows._OF_GUEST,
    "a sponsor's assignments": assignment_rows._OF_SPONSOR,
    "a request's assignments": assignment_rows._OF_REQUEST,
    "a sponsor's guests": assignment_rows._COUNT_GUESTS,
    "a personal chat": chat_rows._WITH_PERSON,
    "a channel": chat_rows._BOUND_TO,
    "forgetting messages": chat_rows._FORGET,
    "postings about": posting_rows._ABOUT,
    "raising postings": posting_rows._RAISE,
    "cancelling a job": job_rows._CANCEL,
    "finishing a job": job_rows._FINISH,
    "dead jobs": job_rows._DEAD,
    "due jobs": claims._DUE,
    "the next due job": claims._peek(tuple(JobKind)),
    "audit entries": audit_rows._ABOUT,
    "erasing": audit_rows._ERASE,
}


@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_reads_no_whole_table_and_sorts_by_index(sqlite_url: str, name: str) -> None:
    sql, fixed, _ = Statements(sqlite_dialect(paramstyle="named"))(HOT[name])
    values = {parameter: fixed.get(parameter, 1) for parameter in re.findall(r":(\w+)", sql)}

    with closing(sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///")))) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    assert plan
    # The index of dead jobs holds nothing else, so that all of it is read is meant.
    assert not [line for line in plan if line.startswith("SCAN") and not line.endswith(("CONSTANT ROW", "_dead"))]
