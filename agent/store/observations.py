"""What the collectors gave, kept in one transaction with their cursors; and the facts of one day."""

import json
import math
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from agent.local_time import DAY, MINUTE, day_of, hour_of, midnight_before
from agent.reading import Happening, Reading
from agent.signals import COVERED, EVENT_KINDS, LIMITS, Sample
from agent.store import app_time, busy_processes, minutes, pauses, service_checks
from agent.store.app_time import AppTime
from agent.store.local_store import count_dropped
from agent.store.minutes import PER_MINUTE, UNWATCHED, Minute
from agent.store.service_checks import ServiceCheck

FUTURE = 300.0
"""Seconds a source's clock may be ahead; more is taken for now."""
KEPT_PER_APP_AND_DAY = 200
"""A program that crashes in a loop must not fill the disk."""
SAME_SAMPLE = "SELECT 1 FROM sample WHERE day = ? AND name = ? AND about = ? AND abs(at - ?) < 0.001"
SAME_HAPPENING = "SELECT 1 FROM happening WHERE day = ? AND kind = ? AND app = ? AND abs(at - ?) < 0.001"
ACTIVE_MEASURES = {
    "active_s": "active",
    "cpu_pressed": "cpu",
    "mem_pressed": "memory",
    "disk_pressed": "disk",
}


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source could be read at the last look, and what would change that."""

    state: str
    sentence: str = ""
    grant: str = ""


NOT_BUILT = SourceState("absent", "This agent has no reader for it on this system yet.")


@dataclass(frozen=True, slots=True)
class Tick:
    """One round of looks. `at` is the corrected time; `offset` is what was added to the laptop's clock."""

    at: float
    readings: Mapping[str, Reading] = field(default_factory=dict)
    states: Mapping[str, SourceState] = field(default_factory=dict)
    offset: float = 0.0
    own_cpu_s: float = 0.0
    half_pace: bool = False
    """Whether what was read of the past minute stands for two."""

    @property
    def day(self) -> str:
        """The local day of the minute that ended now."""
        return day_of(minutes.minute_number(self.at) * MINUTE)


@dataclass(frozen=True, slots=True)
class KeptHappening:
    """An event as the laptop knows it: with its exact time and the program's own name."""

    event_id: str
    day: str
    hour: int
    at: float
    kind: str
    app: str
    version: str
    value: float | None
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KeptSample:
    at: float
    name: str
    value: float
    about: str
    """The sample's source, or the reference it measured."""


@dataclass(frozen=True, slots=True)
class DayFacts:
    """All that is known of one day."""

    minutes: tuple[Minute, ...] = ()
    samples: tuple[KeptSample, ...] = ()
    happenings: tuple[KeptHappening, ...] = ()
    measured_by: Mapping[str, str] = field(default_factory=dict)
    app_times: tuple[AppTime, ...] = ()
    service_checks: tuple[ServiceCheck, ...] = ()


def record(db: sqlite3.Connection, tick: Tick) -> None:
    """Keep one tick. To be called inside a transaction."""
    samples = [s for reading in tick.readings.values() for s in reading.samples]
    _record_minute(db, tick, samples)
    for sample in samples:
        _record_sample(db, tick, sample)
    for reading in tick.readings.values():
        for happening in reading.events:
            _record_happening(db, tick, happening)
        app_time.add(db, tick.day, reading.apps)
        service_checks.add(db, tick.day, tick.at, reading.services)
        busiest = [replace(one, name=plain(one.name)) for one in reading.busiest]
        busy_processes.add(db, tick.day, minutes.minute_number(tick.at), busiest)
    for name, reading in tick.readings.items():
        if reading.cursor is not None:
            db.execute(
                "INSERT INTO cursor VALUES (?, ?) ON CONFLICT (collector) DO UPDATE "
                "SET value = excluded.value WHERE value <> excluded.value",
                (name, reading.cursor),
            )
    _record_states(db, tick)


def record_gap(db: sqlite3.Connection, at: float, on_s: float, states: Mapping[str, SourceState]) -> None:
    """Keep time awake in which nothing was looked at: a gap in every source that could have been read."""
    gaps = {name: s.state if s.state in ("denied", "absent") else "gap" for name, s in states.items()}
    number = minutes.minute_number(at) - 1  # the minutes that are looked at begin after it
    row = _without_yesterday(db, Minute(number, on_s=on_s, missing=gaps))
    _add_minute(db, day_of(number * MINUTE), row)


def cursors(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT collector, value FROM cursor").fetchall())


def source_states(db: sqlite3.Connection) -> dict[str, tuple[SourceState, float]]:
    """How every source could be read at the last look, and since when."""
    rows = db.execute("SELECT name, state, sentence, grant_by, since FROM source")
    return {row[0]: (SourceState(*row[1:4]), row[4]) for row in rows}


def facts_of(db: sqlite3.Connection, day: str) -> DayFacts:
    samples = db.execute("SELECT at, name, value, about FROM sample WHERE day = ? ORDER BY at, id", (day,))
    measured = db.execute("SELECT measure, source FROM measured_by WHERE day = ?", (day,))
    return DayFacts(
        minutes=tuple(minutes.of_day(db, day)),
        samples=tuple(KeptSample(*row) for row in samples),
        happenings=happenings_of(db, day),
        measured_by=dict(measured.fetchall()),
        app_times=app_time.of_day(db, day),
        service_checks=service_checks.of_day(db, day),
    )


def happenings_of(db: sqlite3.Connection, day: str, waiting: bool = False) -> tuple[KeptHappening, ...]:
    """The day's events, oldest first; with `waiting`, those that are in no batch yet."""
    rows = db.execute(
        "SELECT event_id, day, hour, at, kind, app, version, value, detail FROM happening "
        "WHERE day = ? AND waits >= ? ORDER BY at, event_id",
        (day, int(waiting)),
    )
    return tuple(KeptHappening(*(*row[:8], json.loads(row[8]))) for row in rows)


def forget(db: sqlite3.Connection, now: float) -> None:
    """Delete what is older than its keeping time; what has not left yet stays as long as it may leave."""
    minutes_from = day_of(now - LIMITS.minute_days * DAY)
    days_from = day_of(now - LIMITS.days_back * DAY)
    minutes.forget(db, now)
    for table in ("sample", "measured_by", "app_time", "service_check", "busy_process", "day"):
        db.execute(f"DELETE FROM {table} WHERE day < ?", (minutes_from,))  # noqa: S608 (names of ours)
    db.execute("DELETE FROM happening WHERE day < ? AND waits = 0", (minutes_from,))
    lost = db.execute("DELETE FROM happening WHERE day < ?", (days_from,)).rowcount
    if lost:
        count_dropped(db, now, "too_old", lost)
    db.execute("DELETE FROM dropped WHERE day < ?", (days_from,))


def note_own(db: sqlite3.Connection, now: float, what: str) -> None:
    """Something the agent did that its company should know: an event of the kind `agent`."""
    at = datetime.fromtimestamp(now, UTC)
    _record_happening(db, Tick(now), Happening("agent", at, detail={"what": what}))


def plain(name: str) -> str:
    """A name as it may be shown: nothing in it steers a terminal or turns the text around, or is endless."""
    return "".join(c for c in name[: LIMITS.text_length] if c.isprintable())


def _record_minute(db: sqlite3.Connection, tick: Tick, samples: Iterable[Sample]) -> None:
    missing = {name: s.state for name, s in tick.states.items() if s.state != "ok"}
    usable = [s for s in samples if math.isfinite(s.value)]
    row = minutes.fold(tick.at, usable, missing, tick.own_cpu_s)
    day = tick.day
    if tick.half_pace and row.on_s > UNWATCHED:
        earlier, row = minutes.halves(row)
        _add_minute(db, day_of(earlier.number * MINUTE), earlier)
    _add_minute(db, day, _without_yesterday(db, row))
    for sample in usable:
        measure = ACTIVE_MEASURES.get(sample.name)
        source = sample.attributes.get("source")
        if measure and source:
            db.execute(
                "INSERT INTO measured_by VALUES (?, ?, ?) ON CONFLICT (day, measure) DO UPDATE "
                "SET source = excluded.source WHERE source <> excluded.source",
                (day, measure, source),
            )


def _without_yesterday(db: sqlite3.Connection, row: Minute) -> Minute:
    """Time awake since the last look may reach back over midnight, when the agent was not running."""
    start = midnight_before(row.number * MINUTE)
    today = (row.number + 1) * MINUTE - start
    if row.on_s <= today + MINUTE:
        return row
    before = start - MINUTE
    unwatched = min(row.on_s - today, DAY)
    yesterday = Minute(minutes.minute_number(start), on_s=unwatched, missing=row.missing)
    _add_minute(db, day_of(before), yesterday)
    return replace(row, on_s=today)


def _add_minute(db: sqlite3.Connection, day: str, row: Minute) -> None:
    """A minute of a day that was over opens it again: the laptop travelled west, or its clock was mended."""
    minutes.add(db, day, row)
    db.execute("INSERT OR IGNORE INTO day VALUES (?, 0, 0, 0, NULL, '')", (day,))
    db.execute("UPDATE day SET closed = 0 WHERE day = ? AND closed = 1", (day,))


def _record_sample(db: sqlite3.Connection, tick: Tick, sample: Sample) -> None:
    if not math.isfinite(sample.value):
        count_dropped(db, tick.at, "not_a_number")
        return
    if sample.name in PER_MINUTE:
        return
    at = tick.at if sample.at is None else sample.at + tick.offset
    if sample.at is not None and _in_a_pause(db, at):
        return
    if at < tick.at - LIMITS.days_back * DAY:
        count_dropped(db, tick.at, "too_old")
        return
    about = sample.attributes.get("reference") or sample.attributes.get("source") or ""
    day = tick.day if sample.at is None else day_of(at)
    if sample.at is None or not _known(db, SAME_SAMPLE, day, sample.name, about, at):
        db.execute(
            "INSERT INTO sample (day, at, name, value, about) VALUES (?, ?, ?, ?, ?)",
            (day, at, sample.name, sample.value, about),
        )
        _learned(db, day, tick.at)


def _record_happening(db: sqlite3.Connection, tick: Tick, happening: Happening) -> None:
    at = happening.at.timestamp() + tick.offset
    if happening.kind not in EVENT_KINDS:
        count_dropped(db, tick.at, "unknown_event")
        return
    if at < tick.at - LIMITS.days_back * DAY:
        count_dropped(db, tick.at, "too_old")
        return
    at = tick.at if at > tick.at + FUTURE else at
    if happening.kind != "agent" and _in_a_pause(db, at):
        return
    day = day_of(at)
    if _known(db, SAME_HAPPENING, day, happening.kind, plain(happening.app), at):
        return
    known = db.execute(
        "SELECT count(*) FROM happening WHERE day = ? AND kind = ? AND app = ? "
        "AND json_extract(detail, '$.service') IS ?",
        (day, happening.kind, plain(happening.app), happening.detail.get("service")),
    ).fetchone()[0]
    if known >= KEPT_PER_APP_AND_DAY:
        count_dropped(db, tick.at, "repeated")
        return
    value = happening.value if happening.value is not None and math.isfinite(happening.value) else None
    waits = int(known < LIMITS.events_per_app_and_day)
    db.execute(
        "INSERT INTO happening VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            str(uuid.uuid4()),
            day,
            hour_of(at),
            at,
            happening.kind,
            plain(happening.app),
            plain(happening.version),
            value,
            json.dumps(dict(happening.detail)),
            waits,
        ),
    )
    _learned(db, day, tick.at)


def _in_a_pause(db: sqlite3.Connection, at: float) -> bool:
    """What happened while somebody wanted no looks is not told, whenever a source comes up with it."""
    return any(p.holds(at) for p in pauses.known(db))


def _known(db: sqlite3.Connection, query: str, day: str, name: str, about: str, at: float) -> bool:
    """Whether the same thing at the same instant is kept: a source may be read again from its start."""
    return db.execute(query, (day, name, about, at)).fetchone() is not None


def _learned(db: sqlite3.Connection, day: str, now: float) -> None:
    """A closed day about which something more is known gets a higher revision."""
    db.execute("UPDATE day SET due_at = ? WHERE day = ? AND closed = 1", (now, day))


def _record_states(db: sqlite3.Connection, tick: Tick) -> None:
    for name in COVERED:
        found = tick.states.get(name)
        if found is not None:
            db.execute(
                "INSERT INTO source VALUES (:name, :state, :sentence, :grant, :at) "
                "ON CONFLICT (name) DO UPDATE SET since = iif(state = :state, since, :at), "
                "state = :state, sentence = :sentence, grant_by = :grant "
                "WHERE state <> :state OR sentence <> :sentence OR grant_by <> :grant",
                {**asdict(found), "name": name, "at": tick.at},
            )
