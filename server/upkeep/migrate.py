"""Bring a store to the newest schema, or say in what it differs from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError

from server.db import Store
from server.errors import UsageError
from server.postgresql import patient
from server.revisions import MIGRATIONS
from server.schema import metadata

LOCK_SECONDS = 10
_LOCK = 4_103_991  # any number, the same in every process


def upgrade(store: Store, migrations: Path = MIGRATIONS) -> None:
    """Run what is missing, all of it or nothing. Two starts at once wait for each other.

    UsageError for a store that a newer version of the program has made.
    """
    with store.engine.begin() as connection, alone_and_patient(connection):
        config = Config()
        config.set_main_option("script_location", str(migrations).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise UsageError(f"The store belongs to another version of this program: {error}.") from error


@contextmanager
def alone_and_patient(connection: sa.Connection) -> Iterator[None]:
    """On PostgreSQL a migration may take as long as it takes while others wait; on SQLite it does anyway."""
    if connection.dialect.name != "postgresql":
        yield
        return
    with patient(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        # A table in use makes the upgrade fail and run again, in place of stopping everybody behind it.
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        yield


def differences(store: Store) -> list[Any]:
    """What the store's tables lack or have beyond the models; empty if they agree."""
    with store.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))
