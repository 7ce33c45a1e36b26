"""Take the demo company out again, down to its last row."""

from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.schema import metadata


def remove_organisation(store: Store, org_id: UUID) -> int:
    """Delete every row of an organisation; returns how many."""
    gone = 0
    with store.transaction() as session:
        for table in reversed(metadata.sorted_tables):
            if "org_id" in table.c:
                result = session.connection().execute(sa.delete(table).where(table.c.org_id == org_id))
                gone += result.rowcount
    return gone
