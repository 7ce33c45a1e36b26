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
from server.scoring.parameters import MODEL, SIGNALS

_MODEL_ROW = "model"
"""The row that names the score model; all others are series."""

_Scores = list[tuple[str, ScoreSeries]]
_Counts = list[tuple[Item, CountSeries]]
_Open = list[tuple[date, str, str, str, str, Ending]]
"""Day, signal and item; then the group, or the version of the item; and how it ends."""


@dataclass(frozen=True)
class WatchState:
    """`day`: the last one looked at, None before the first; `last_week`: the last released week seen.
    `model`: name of the score model by which the gauges of that day were read.
    """

    day: date | None = None
    last_week: str | None = None
    watched: Mapping[str, Watched] = field(default_factory=dict)
    open_alarms: Sequence[OpenAlarm] = ()
    model: str = MODEL


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
    [model] = rows.get(_MODEL_ROW, [MODEL])
    return WatchState(look.day, look.last_week, watched, _open_alarms(look.open_alarms), model)


def save_look(session: Session, org_id: UUID, after: WatchState, looked: Looked) -> None:
    """Write the state after a look, its messages, and the end of alarms that are over."""
    assert after.day is not None
    session.execute(sa.delete(AlarmSeriesRow).where(AlarmSeriesRow.org_id == org_id))
    session.execute(sa.insert(AlarmSeriesRow), [{"org_id": org_id, **row} for row in _series(after)])
    kept = _kept(after.open_alarms)
    session.merge(AlarmLookRow(org_id=org_id, day=after.day, last_week=after.last_week, open_alarms=kept))
    session.add_all(row for said in looked.messages for row in _published(org_id, after.day, said))
    for began, signal, item in looked.over:
        session.get_one(AlarmRow, (org_id, began, signal, item)).ended_on = after.day


def _series(after: WatchState) -> Iterator[dict[str, Any]]:
    yield {"watched": _MODEL_ROW, "series": [after.model]}
    for signal, of_signal in after.watched.items():
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
