"""From what a source recorded to an event of this laptop."""

from collections.abc import Iterable
from datetime import UTC, datetime

from agent.reading import Happening
from agent.records.dedupe import once
from agent.records.model import Record
from agent.signals import EVENT_DETAIL


def happenings(records: Iterable[Record | None], kinds: frozenset[str], now: float) -> list[Happening]:
    """The records of these kinds, each thing once. One without a time of its own happened now."""
    wanted = [record for record in records if record is not None and record.signal in kinds]
    return [_happening(record, now) for record in once(wanted)]


def _happening(record: Record, now: float) -> Happening:
    allowed = {field.name for field in EVENT_DETAIL[record.signal]}
    return Happening(
        record.signal,
        record.time or datetime.fromtimestamp(now, UTC),
        app=record.app or "",
        version=record.version or "",
        value=record.value,
        detail={name: str(value) for name, value in record.detail.items() if name in allowed},
    )
