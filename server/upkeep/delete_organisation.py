"""Take an organisation out of the store, down to its last row."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.devices.models import Device, EnrolmentKey
from server.ingest.models import DAY_TABLES
from server.people.models import Organisation
from server.schema import metadata
from server.upkeep.retention import end_rows, shrink

_DOORS = (EnrolmentKey.__tablename__, Device.__tablename__)
"""Gone first, so that nothing new comes while the rest goes."""


def tables_of_organisations() -> list[sa.Table]:
    """Those with rows of organisations, whoever refers to others first, the organisation itself last."""
    found = [table for table in reversed(metadata.sorted_tables) if "org_id" in table.c]
    return sorted(found, key=lambda table: table.name == Organisation.__tablename__)


def rows_of(store: Store, org_id: UUID) -> dict[str, int]:
    """How many rows an organisation has, by table; without those in which it has none."""
    with store.reading() as session:
        counts = {
            table.name: session.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.org_id == org_id)
            )
            for table in tables_of_organisations()
        }
    return {name: count for name, count in counts.items() if count}


def delete_organisation(store: Store, org_id: UUID) -> Mapping[str, int]:
    """Delete every row of it, in short transactions; how many there were, by table.

    Whoever is stopped on the way begins again: the organisation itself goes last. What a collector was about
    to commit meanwhile goes after it.
    """
    counts = rows_of(store, org_id)
    tables = tables_of_organisations()
    doors = [table for table in tables if table.name in _DOORS]
    for table in (*doors, *tables, *DAY_TABLES):
        end_rows(store, table, (table.c.org_id == org_id,))
    if store.is_sqlite and counts:
        shrink(store)
    return counts
