"""Bringing the schema up to date, by Alembic run from within."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.store.database import Database
from bot.store.errors import SchemaMismatch

_FOLDER = Path(__file__).with_name("migrations")


def _config() -> Config:
    config = Config()
    # A % would be interpolated in the configuration, and a folder's name may hold one.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database) -> None:
    """To the newest migration, all steps in one transaction; a second process waits, and then has nothing to do."""
    config = _config()
    engine = database.engine()
    try:
        with engine.connect() as connection:
            database.lock_schema(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def check_schema(database: Database) -> None:
    """Raises SchemaMismatch unless the database is at the newest migration."""
    engine = database.engine()
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if found != newest:
        raise SchemaMismatch(found, str(newest))
