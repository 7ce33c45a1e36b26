"""The store of `up`: newest schema, the weeks around today, and the organisation of this installation."""

import sys
from pathlib import Path

from server.clock import utc_now
from server.commands.context import opened_store, plain_errors
from server.db import Store
from server.ingest.partitions import ensure_around
from server.people.organisations import MAIN, create_organisation, organisations
from server.upkeep.migrate import upgrade


@plain_errors
def make_store(data: Path) -> None:
    """UsageError if the store belongs to a newer version of the program."""
    with opened_store(data) as store:
        upgrade(store)
        _prepare(store)


def _prepare(store: Store) -> None:
    today = utc_now().date()
    ensure_around(store, today)
    with store.transaction() as session:
        if MAIN not in {known.slug for known in organisations(session)}:
            create_organisation(session, MAIN, "Main", today)


if __name__ == "__main__":  # started so by `up`: data directory
    make_store(Path(sys.argv[1]))
