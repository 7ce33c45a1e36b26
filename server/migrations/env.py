"""How Alembic runs: on a connection that server/migrate.py hands over, in one transaction."""

from alembic import context

from server.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too, where the engine begins every transaction itself
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
