"""How Alembic runs: on a connection that server/upkeep/migrate.py hands over, in one transaction."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy.schema import AddConstraint

from server.cluster import spread
from server.schema import metadata
from server.upkeep.distribute import wanted, way_of


class ClusterImpl(PostgresqlImpl):
    """A table that a migration makes is spread where the others are; only then may it refer to them."""

    __dialect__ = "postgresql"

    def create_table(self, table: sa.Table, **options: Any) -> None:
        assert self.connection is not None
        by = way_of(self.connection)
        if by is None:
            super().create_table(table, **options)
            return
        super().create_table(table, include_foreign_key_constraints=[], **options)
        spread(self.connection, table.name, wanted(metadata.tables.get(table.name, table), by))
        for key in table.foreign_key_constraints:
            self._exec(AddConstraint(key))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too, where the engine begins every transaction itself
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
