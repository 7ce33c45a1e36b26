"""Spread the tables of a PostgreSQL over the machines of a Citus cluster, in place, and keep new ones so.

How each table is spread stands in Citus's own catalogue and nowhere else. By organisation: all tables of
tenants and laptops, by `org_id`. By device: those of laptops by `device_id`, while those of tenants are
copied to every machine. Tables of this installation stay where they are.
"""

from collections.abc import Callable
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, DropConstraint

from server.cluster import COPIED, NOT_SPREAD, has_citus, spread, spread_of
from server.db import Store
from server.digests import Digest, digest_of
from server.errors import UsageError
from server.revisions import revisions
from server.schema import metadata
from server.upkeep.migrate import alone_and_patient

By = Literal["org", "device"]


def distribute(store: Store, by: By, say: Callable[[str], None]) -> Digest:
    """Spread every table, one transaction each, which compares the rows before it commits. Goes on where it
    was ended. `say` gets a line per table; the digest is that of all spread rows.

    UsageError where there is no Citus, the store has another version, or is spread in the other way.
    """
    _check(store, by)
    total = Digest(0, 0)
    first = metadata.tables["organisation"]  # says from the first commit on which way it is
    tables = [first, *(table for table in metadata.sorted_tables if table is not first)]
    tables = [table for table in tables if wanted(table, by) != NOT_SPREAD]
    for table in tables:
        with store.engine.begin() as connection, alone_and_patient(connection):
            digest = _spread_with_rows(connection, table, by)
        say(f"{table.name}: {digest.rows} rows {digest}, {_words(wanted(table, by))}")
        total += digest
    for table in tables:
        with store.engine.begin() as connection, alone_and_patient(connection):
            _forget_local_copy(connection, table)
    return total


def way_of(connection: sa.Connection) -> By | None:
    """How the tables are spread that are; None on SQLite and wherever nothing is."""
    if not has_citus(connection):
        return None
    for by in get_args(By):
        if spread_of(connection, "organisation") == wanted(metadata.tables["organisation"], by):
            way: By = by
            return way
    return None


def unspread(connection: sa.Connection) -> list[str]:
    """Tables of a distributed store that are not as its way wants them."""
    by = way_of(connection)
    if by is None:
        return []
    return [
        table.name
        for table in metadata.sorted_tables
        if spread_of(connection, table.name) != wanted(table, by)
    ]


def wanted(table: sa.Table, by: By) -> str:
    """The column by which this table is to be spread, COPIED or NOT_SPREAD."""
    scale = table.info.get("scale", "tenant" if "org_id" in table.c else "local")
    if scale == "local":
        return NOT_SPREAD
    if by == "org" and scale != "reference":
        return "org_id"
    return "device_id" if scale == "device" else COPIED


def _check(store: Store, by: By) -> None:
    with store.engine.connect() as connection:
        if not has_citus(connection):
            raise UsageError("This database has no Citus; its owner makes it by: CREATE EXTENSION citus")
        found, needed = revisions(store)
        if found != needed:
            raise UsageError("The store has another version; run: dex-server db upgrade")
        way = way_of(connection)
    if way not in (None, by):
        raise UsageError(f"The store is distributed by {way} already, and stays so.")


def _spread_with_rows(connection: sa.Connection, table: sa.Table, by: By) -> Digest:
    how = wanted(table, by)
    if spread_of(connection, table.name) == how:
        return digest_of(connection, table)
    connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
    before = digest_of(connection, table)
    _drop_references(connection, to=table)
    spread(connection, table.name, how)
    _add_missing_references(connection, table)
    after = digest_of(connection, table)
    if after != before:  # nothing of it is kept
        raise UsageError(f"The rows of {table.name} were {before} and became {after}; it stays as it was.")
    return after


def _drop_references(connection: sa.Connection, to: sa.Table) -> None:
    """Those of tables that are still in one place, which may not refer to one that is spread."""
    for other in metadata.sorted_tables:
        for key in _references(connection, other):
            if key.referred_table is to and spread_of(connection, other.name) == NOT_SPREAD:
                connection.execute(DropConstraint(key))


def _add_missing_references(connection: sa.Connection, table: sa.Table) -> None:
    there = _references(connection, table)
    for key in table.foreign_key_constraints - there:
        connection.execute(AddConstraint(key))


def _references(connection: sa.Connection, table: sa.Table) -> set[sa.ForeignKeyConstraint]:
    """The foreign keys of this table that the database has."""
    if not table.foreign_key_constraints:
        return set()
    found = {key["name"] for key in sa.inspect(connection).get_foreign_keys(table.name)}
    return {key for key in table.foreign_key_constraints if key.name in found}


def _forget_local_copy(connection: sa.Connection, table: sa.Table) -> None:
    """Citus leaves the rows it copied where they were, out of sight: nobody would ever delete them."""
    query = sa.text("SELECT truncate_local_data_after_distributing_table(:name)")
    connection.execute(query, {"name": table.name})


def _words(how: str) -> str:
    return how if how == COPIED else f"by {how}"
