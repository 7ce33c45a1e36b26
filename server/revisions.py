"""How far a store's schema is. Apart from `upkeep.migrate`: every collector asks this at each `/readyz`,
and none of them needs Alembic in memory for it."""

from pathlib import Path

import sqlalchemy as sa

from server.db import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def revisions(store: Store, migrations: Path = MIGRATIONS) -> tuple[str | None, str]:
    """The schema's revision in the store (none in an empty one) and the newest one."""
    with store.reading() as session:
        connection = session.connection()
        known = sa.inspect(connection).has_table("alembic_version")
        current = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if known else None
    return current, max(known_revisions(migrations))


def known_revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """All there are. The file of a migration has the name of its revision, and they are numbered."""
    return [path.stem for path in (migrations / "versions").glob("[0-9]*.py")]
