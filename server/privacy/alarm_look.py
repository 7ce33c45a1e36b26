"""One look at a company's series: what it finds, what it says, and which alarms it ends. Pure.

All looks of a company share one budget of false alarms, and so one set of limits (docs/scoring.md 10.2).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from server.people.weeks import monday_of
from server.privacy.alarm_values import Phi, Seen
from server.scoring.alarm_ends import Ending
from server.scoring.alarm_limits import AlarmLimits, alarm_limits
from server.scoring.alarms import (
    CountSeries,
    Found,
    Item,
    Message,
    ScoreSeries,
    Subject,
    counts_of_week,
    is_worse,
    looks_of_week,
    message,
    watch_counts,
    watch_scores,
)
from server.scoring.parameters import ALARM_JOINED, ALARM_USUAL, SIGNALS
from server.scoring.z_values import DAYS, WEEKS

_JOINED, _USUAL = timedelta(days=ALARM_JOINED), timedelta(days=ALARM_USUAL)


@dataclass(frozen=True)
class Watched:
    """All series of one signal: groups by days and by weeks, items by days."""

    days: Mapping[str, ScoreSeries] = field(default_factory=dict)
    weeks: Mapping[str, ScoreSeries] = field(default_factory=dict)
    items: Mapping[Item, CountSeries] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenAlarm:
    """A series whose alarm is not over. `day`, `signal`, `item`: the published alarm it belongs to."""

    day: date
    signal: str
    item: str
    subject: Subject
    ending: Ending

    @property
    def published(self) -> tuple[date, str, str]:
        return self.day, self.signal, self.item


@dataclass(frozen=True)
class Anew:
    """Gauges that are read by another curve from this look on, in days and in weeks.

    Nothing of before can be compared with what follows: their series begin anew, and their alarms are over.
    """

    days: Collection[str] = ()
    weeks: Collection[str] = ()

    def ends(self, alarm: OpenAlarm) -> bool:
        return alarm.signal in (self.weeks if alarm.ending.weekly else self.days)


@dataclass(frozen=True)
class Looked:
    """What is kept after a look, what it said, and which published alarms are over since."""

    watched: Mapping[str, Watched]
    open_alarms: Sequence[OpenAlarm]
    messages: Sequence[Message]
    over: Sequence[tuple[date, str, str]]


def look(
    watched: Mapping[str, Watched],
    open_alarms: Sequence[OpenAlarm],
    day: date,
    seen: Mapping[str, Seen],
    weeks: Mapping[str, Mapping[str, Seen]],
    phi: Phi,
    anew: Anew = Anew(),
) -> Looked:
    """Look at a day, and at the weeks that were released on it, oldest first, by signal as the day is."""
    limits = limits_after(watched)
    following, messages = {}, []
    ended = [one for one in open_alarms if anew.ends(one)]
    still = [_next_day(one, seen) for one in open_alarms if not anew.ends(one)]
    for signal in SIGNALS:
        before, today = watched.get(signal, Watched()), seen.get(signal, Seen())
        known = {(one.ending.weekly, one.subject) for one in still if one.signal == signal}
        known_days = {} if signal in anew.days else before.days
        days, found = watch_scores(known_days, today.groups, limits, day.weekday())
        items, bursts = watch_counts(before.items, today.items, phi.get(signal, 1.0), limits)
        new = [one for one in (*found, *bursts) if (False, one.subject) not in known]
        said = message(signal, day, new, today.laptops)
        said, opened = _news(said, _opened(said, day, new, weekly=False), still, day)
        still += opened
        weekly = {} if signal in anew.weeks else before.weeks
        for week, groups in weeks.items():
            of_week = groups.get(signal, Seen())
            still = [_next_week(one, signal, of_week) for one in still]
            weekly, found = watch_scores(weekly, of_week.groups, limits, period=WEEKS)
            new = [one for one in found if (True, one.subject) not in known]
            known |= {(True, one.subject) for one in new}
            slow = message(signal, monday_of(week), new, of_week.laptops, WEEKS)
            slow, opened = _news(slow, _opened(slow, day, new, weekly=True), still, day)
            still += opened
            said = _together(said, slow)
        if said is not None:
            messages.append(said)
        following[signal] = Watched(days, weekly, items)
    left = [one for one in still if not one.ending.is_over and day - one.day < _USUAL]
    over = {one.published for one in (*ended, *still)} - {one.published for one in left}
    return Looked(following, left, messages, sorted(over))


def limits_after(watched: Mapping[str, Watched]) -> AlarmLimits:
    """From how many values of all series were tested in the last week."""
    z_looks = sum(
        looks_of_week(one.days.values(), DAYS) + looks_of_week(one.weeks.values(), WEEKS)
        for one in watched.values()
    )
    return alarm_limits(z_looks, sum(counts_of_week(one.items.values()) for one in watched.values()))


def _opened(said: Message | None, day: date, found: Sequence[Found], weekly: bool) -> list[OpenAlarm]:
    """The series behind a message; of one that changed in two ways, the first."""
    opened: dict[Subject, OpenAlarm] = {}
    for one in found:
        item = one.subject.name if isinstance(one.subject, Item) else ""
        if said and item in said.items and one.subject not in opened and is_worse(said.signal, one):
            ending = Ending(one.side, one.turn, weekly)
            opened[one.subject] = OpenAlarm(day, said.signal, item, one.subject, ending)
    return list(opened.values())


def _news(
    said: Message | None, opened: Sequence[OpenAlarm], still: Sequence[OpenAlarm], day: date
) -> tuple[Message | None, Sequence[OpenAlarm]]:
    """What of a message is news. Groups are not named, so the same trouble in one more of them is none: it
    belongs to the alarm that is open."""
    if said is None or "" not in said.items:
        return said, opened
    for known in still:
        if (known.signal, known.item) == (said.signal, "") and day - known.day <= _JOINED:
            items = {item: laptops for item, laptops in said.items.items() if item}
            opened = [one if one.item else replace(one, day=known.day) for one in opened]
            return (replace(said, items=items) if items else None), opened
    return said, opened


def _together(one: Message | None, other: Message | None) -> Message | None:
    """Alarms of one signal and day are one message; what days say of groups goes before what weeks say."""
    if one is None or other is None:
        return one or other
    return Message(one.signal, min(one.start, other.start), {**other.items, **one.items}, one.versions)


def _next_day(alarm: OpenAlarm, seen: Mapping[str, Seen]) -> OpenAlarm:
    if alarm.ending.weekly:
        return alarm
    today, subject = seen.get(alarm.signal, Seen()), alarm.subject
    if isinstance(subject, Item):
        return replace(alarm, ending=alarm.ending.after(_rate_of(subject, today)))
    value = today.groups.get(subject)
    return replace(alarm, ending=alarm.ending.after(None if value is None else value.value))


def _next_week(alarm: OpenAlarm, signal: str, seen: Seen) -> OpenAlarm:
    if not alarm.ending.weekly or alarm.signal != signal or isinstance(alarm.subject, Item):
        return alarm
    value = seen.groups.get(alarm.subject)
    return replace(alarm, ending=alarm.ending.after(None if value is None else value.value))


def _rate_of(item: Item, today: Seen) -> float | None:
    """Events per hour; a version that went while its application is still there does no harm any more."""
    if item in today.items:
        events, hours = today.items[item]
        return events / hours
    replaced = any(other.name == item.name for other in today.items)
    return 0.0 if replaced else None
