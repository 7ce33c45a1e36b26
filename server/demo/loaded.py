"""Whether the demo company is there; a name of its own tells one that is whole."""

from server.db import Store
from server.people.models import Organisation
from server.people.organisations import DEMO, org_id_of

NAME = "Demo company"
LOADING = "Demo company (still loading)"


def is_loaded(store: Store) -> bool:
    """Whether the demo company is there, whole."""
    with store.reading() as session:
        found = session.get(Organisation, org_id_of(DEMO))
    return found is not None and found.name == NAME
