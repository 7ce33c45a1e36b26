"""What Citus knows of the tables of a PostgreSQL, and how one more of them is spread over its machines."""

import sqlalchemy as sa

NOT_SPREAD, COPIED = "", "copied to every machine"
"""What `spread_of` says of a table, if it does not name the column that its rows are spread by."""


def has_citus(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    query = sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'")
    found: int = connection.scalar(query)
    return found == 1


def spread_of(connection: sa.Connection, name: str) -> str:
    """The column by which this table is spread, COPIED or NOT_SPREAD."""
    if not has_citus(connection):
        return NOT_SPREAD
    query = sa.text(
        "SELECT coalesce(column_to_column_name(logicalrelid, partkey), :copied) FROM pg_dist_partition"
        " WHERE logicalrelid = to_regclass(:name) AND (partmethod = 'h' OR repmodel = 't')"
    )
    return connection.scalar(query, {"name": name, "copied": COPIED}) or NOT_SPREAD


def spread(connection: sa.Connection, name: str, how: str) -> None:
    """Spread this table, by a column or as COPIED, in the transaction of the caller."""
    if how == COPIED:
        connection.execute(sa.text("SELECT create_reference_table(:name)"), {"name": name})
    elif how != NOT_SPREAD:
        query = sa.text("SELECT create_distributed_table(:name, :column)")  # equal types of keys: together
        connection.execute(query, {"name": name, "column": how})
