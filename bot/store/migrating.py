"""Bringing the schema up to date, by Alembic run from within."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.store.database import Database
from bot.store.errors import SchemaMismatch, StoreFailed

_FOLDER = Path(__file__).with_name("migrations")


def _config() -> Config:
    config = Config()
    # A % would be interpolated in the configuration, and a folder's name may hold one.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database) -> None:
    """To the newest migration, all steps in one transaction; a second process waits, and then has nothing to do.

    Raises StoreFailed where the database cannot be reached.
    """
    config = _config()
    with _connected(database) as connection:
        database.lock_schema(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def check_schema(database: Database) -> None:
    """Raises SchemaMismatch unless the database is at the newest migration, StoreFailed where it cannot be reached."""
    with _connected(database) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if found != newest:
        raise SchemaMismatch(found, str(newest))


@contextmanager
def _connected(database: Database) -> Iterator[Connection]:
    engine = database.engine()
    try:
        try:
            connection = engine.connect()
        except OperationalError as failure:
            # The driver's own words: SQLAlchemy's name its documentation, and nothing that is to be done.
            raise StoreFailed(f"DATABASE_URL: the database cannot be reached: {failure.orig}") from failure
        with connection:
            yield connection
    finally:
        engine.dispose()
