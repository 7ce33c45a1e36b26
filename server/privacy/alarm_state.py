"""What is kept of the watch from look to look, as rows of the core, and the alarms it published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.privacy.alarm_look import Looked, OpenAlarm, Watched
from server.privacy.alarm_models import AlarmLookRow, AlarmRow, AlarmSeriesRow
from server.scoring.alarm_ends import Ending
from server.scoring.alarms import CountSeries, Item, Message, ScoreSeries
from server.scoring.parameters import SIGNALS

_Scores = list[tuple[str, ScoreSeries]]
_Counts = list[tuple[Item, CountSeries]]
_Open = list[tuple[date, str, str, str, str, Ending]]
"""Day, signal and item; then the group, or the version of the item; and how it ends."""


@dataclass(frozen=True)
class WatchState:
    """`day`: the last one looked at, None before the first; `last_week`: the last released week seen."""

    day: date | None = None
    last_week: str | None = None
    watched: Mapping[str, Watched] = field(default_factory=dict)
    open_alarms: Sequence[OpenAlarm] = ()


def load_state(session: Session, org_id: UUID) -> WatchState:
    look = session.get(AlarmLookRow, org_id)
    if look is None:
        return WatchState()
    query = sa.select(AlarmSeriesRow.watched, AlarmSeriesRow.series).where(AlarmSeriesRow.org_id == org_id)
    rows = {row.watched: row.series for row in session.execute(query)}
    watched = {
        signal: Watched(
            days=dict(msgspec.convert(rows.get(f"days {signal}", []), _Scores)),
            weeks=dict(msgspec.convert(rows.get(f"weeks {signal}", []), _Scores)),
            items=dict(msgspec.convert(rows.get(f"items {signal}", []), _Counts)),
        )
        for signal in SIGNALS
    }
    return WatchState(look.day, look.last_week, watched, _open_alarms(look.open_alarms))


def save_look(session: Session, org_id: UUID, day: date, last_week: str | None, looked: Looked) -> None:
    """Write what follows a look: its series, its messages, and the end of alarms that are over."""
    session.execute(sa.delete(AlarmSeriesRow).where(AlarmSeriesRow.org_id == org_id))
    if rows := [{"org_id": org_id, **row} for row in _series(looked)]:
        session.execute(sa.insert(AlarmSeriesRow), rows)
    kept = _kept(looked.open_alarms)
    session.merge(AlarmLookRow(org_id=org_id, day=day, last_week=last_week, open_alarms=kept))
    session.add_all(row for said in looked.messages for row in _published(org_id, day, said))
    for began, signal, item in looked.over:
        session.get_one(AlarmRow, (org_id, began, signal, item)).ended_on = day


def _series(looked: Looked) -> Iterator[dict[str, Any]]:
    for signal, of_signal in looked.watched.items():
        for kind, series in (
            ("days", of_signal.days),
            ("weeks", of_signal.weeks),
            ("items", of_signal.items),
        ):
            if series:
                yield {"watched": f"{kind} {signal}", "series": msgspec.to_builtins(sorted(series.items()))}


def _published(org_id: UUID, day: date, said: Message) -> list[AlarmRow]:
    return [
        AlarmRow(
            org_id=org_id,
            day=day,
            signal=said.signal,
            item=item,
            version=said.versions.get(item, ""),
            laptops=laptops,
            start=said.start,
        )
        for item, laptops in said.items.items()
    ]


def _kept(alarms: Sequence[OpenAlarm]) -> list[Any]:
    rows = [
        (
            one.day,
            one.signal,
            one.item,
            "" if isinstance(one.subject, Item) else one.subject,
            one.subject.version if isinstance(one.subject, Item) else "",
            one.ending,
        )
        for one in alarms
    ]
    return list(msgspec.to_builtins(rows))


def _open_alarms(rows: list[Any]) -> list[OpenAlarm]:
    return [
        OpenAlarm(day, signal, item, group or Item(item, version), ending)
        for day, signal, item, group, version, ending in msgspec.convert(rows, _Open)
    ]
