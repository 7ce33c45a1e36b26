"""Count what was left out of laptops' batches, per laptop, week, reason and field."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from server.bulk import add_to, target
from server.devices.models import DeviceDrop
from server.people.weeks import week_of

_DROPS = target(sa.inspect(DeviceDrop).local_table)  # type: ignore[arg-type]

Counted = tuple[UUID, UUID, date, Mapping[tuple[str, str], int]]
"""Organisation, laptop, the day that a batch is about, and how many values by reason and field."""


def count_drops(connection: sa.Connection, found: Iterable[Counted]) -> None:
    """Add to the counts, in the transaction that keeps the batches: so a repeat counts once.

    The week is that of the batch's day, so it is the same whenever the batch arrives.
    """
    sums: Counter[tuple[UUID, UUID, str, str, str]] = Counter()
    for org_id, device_id, day, drops in found:
        for (reason, name), count in drops.items():
            sums[org_id, device_id, week_of(day), reason, name] += count
    add_to(connection, _DROPS, [(*key, count) for key, count in sums.items()], "count")
