"""The rules that keep one schema good for SQLite, PostgreSQL and a cluster.

docs/decisions/0002-one-schema.md explains them. A cluster shards by organisation, or device tables by
device; a schema without complaints runs in both.
"""

from collections.abc import Iterator

import sqlalchemy as sa

KEY = {"device": {"org_id", "device_id"}, "tenant": {"org_id"}, "reference": set(), "local": set()}


def complaints(metadata: sa.MetaData) -> list[str]:
    """One sentence per broken rule; empty if all hold."""
    found = []
    for table in metadata.sorted_tables:
        if table.info.get("scale") not in KEY:
            found.append(f"{table.name}: info['scale'] is missing or unknown")
            continue
        for rule in (_primary_key, _uniques, _columns, _foreign_keys):
            found += [f"{table.name}: {complaint}" for complaint in rule(table)]
    return found + _co_location(metadata)


def _partition_column(table: sa.Table) -> str | None:
    by = table.dialect_options["postgresql"].get("partition_by")
    return by.split("(")[1].strip(" )") if by else None


def _primary_key(table: sa.Table) -> Iterator[str]:
    names = [column.name for column in table.primary_key]
    needed = KEY[table.info["scale"]]
    if not names:
        yield "no primary key"
    if needed and set(names[: len(needed)]) != needed:
        yield f"the primary key does not start with {sorted(needed)}"
    if needed and names[:1] != ["org_id"]:
        yield "the primary key does not start with org_id"
    if (_partition_column(table) or names[0]) not in names:
        yield "the primary key lacks the partition column"


def _uniques(table: sa.Table) -> Iterator[str]:
    needed = KEY[table.info["scale"]]
    sets = [(c.name, c.columns) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    sets += [(i.name, i.columns) for i in table.indexes if i.unique]
    for name, columns in sets:
        missing = needed - {column.name for column in columns}
        if missing:
            yield f"unique {name} lacks {sorted(missing)}"


def _columns(table: sa.Table) -> Iterator[str]:
    for column in table.columns:
        if KEY[table.info["scale"]] and (column.identity or table.autoincrement_column is column):
            yield f"{column.name} is a number made by the server; use a UUID made by the client"
        if column.server_default is not None:
            yield f"{column.name} has a default of the database; give the value"


def _foreign_keys(table: sa.Table) -> Iterator[str]:
    scale = table.info["scale"]
    for key in table.foreign_key_constraints:
        target = key.referred_table
        theirs = target.info.get("scale")
        pairs = {(element.parent.name, element.column.name) for element in key.elements}
        if _partition_column(table):
            yield "a partitioned table has a foreign key (partition DDL can deadlock with itself)"
        if theirs == "local" and scale != "local":
            yield f"foreign key to the local table {target.name}"
        if scale == "reference" and theirs not in ("reference", "local"):
            yield f"a reference table refers to {target.name}"
        if scale == "tenant" and theirs == "device":
            yield f"a tenant's table refers to the device table {target.name}"
        for name in KEY[scale] & KEY.get(theirs, set()):
            if (name, name) not in pairs:
                yield f"foreign key to {target.name} lacks {name}"
        if (key.ondelete or "").upper() in ("SET NULL", "SET DEFAULT") and pairs & {
            (name, name) for name in KEY[scale]
        }:
            yield f"ON DELETE {key.ondelete} over the key"


def _co_location(metadata: sa.MetaData) -> list[str]:
    types: dict[str, str] = {}
    return [
        f"{table.name}: {column.name} has another type than in other tables"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in ("org_id", "device_id")
        and types.setdefault(column.name, str(column.type)) != str(column.type)
    ]
