"""Take a company that does not exist out again, down to its last row."""

from uuid import UUID

from server.db import Store
from server.errors import UsageError
from server.people.models import Organisation
from server.upkeep.delete_organisation import delete_organisation


def remove_organisation(store: Store, org_id: UUID) -> int:
    """Delete every row of an organisation; returns how many.

    UsageError for one of real people: somebody may have given theirs a short name that we use ourselves.
    """
    with store.reading() as session:
        found = session.get(Organisation, org_id)
        if found is not None and not found.demo:
            raise UsageError(f"“{found.slug}” is an organisation of real people, and stays as it is.")
    return sum(delete_organisation(store, org_id).values())
