"""Take a company that does not exist out again, down to its last row."""

from uuid import UUID

import sqlalchemy as sa

from server.db import Store
from server.errors import UsageError
from server.people.models import Organisation
from server.schema import metadata


def remove_organisation(store: Store, org_id: UUID) -> int:
    """Delete every row of an organisation; returns how many.

    UsageError for one of real people: somebody may have given theirs a short name that we use ourselves.
    """
    gone = 0
    with store.transaction() as session:
        found = session.get(Organisation, org_id)
        if found is not None and not found.demo:
            raise UsageError(f"“{found.slug}” is an organisation of real people, and stays as it is.")
        for table in reversed(metadata.sorted_tables):
            if "org_id" in table.c:
                result = session.connection().execute(sa.delete(table).where(table.c.org_id == org_id))
                gone += result.rowcount
    return gone
