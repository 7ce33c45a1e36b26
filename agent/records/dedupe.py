"""One thing that happened counts once, however many sources tell of it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from agent.records.model import Record


def once(records: Iterable[Record]) -> list[Record]:
    """The records without those that tell of the same thing, in their order of arrival.

    Of records with one key the first stays; of hints (`echo_s`) those stay that no fact explains.
    """
    seen: set[str] = set()
    distinct: list[Record] = []
    for record in records:
        if record.key and record.key in seen:
            continue
        seen.add(record.key)
        distinct.append(record)
    return _without_echoes(distinct)


def _without_echoes(records: list[Record]) -> list[Record]:
    facts: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for record in records:
        if not record.echo_s and record.time:
            facts[record.signal, record.group].append(record.time)
    return [record for record in records if not _is_echo(record, facts[record.signal, record.group])]


def _is_echo(record: Record, facts: list[datetime]) -> bool:
    if not record.echo_s or record.time is None:
        return False
    return any(abs((record.time - fact).total_seconds()) <= record.echo_s for fact in facts)
