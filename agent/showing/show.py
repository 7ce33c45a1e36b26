"""What this laptop knows of today and what left it: the material of `dex-agent show`, page and terminal."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.agreed import policy
from agent.agreed.agreement_words import refusals, sentence
from agent.agreed.applications import OTHER
from agent.agreed.fault_words import fault_lines
from agent.agreed.look_words import look_lines
from agent.language.formats import length, number, percent
from agent.language.words import _, ngettext, said
from agent.local_time import MINUTE, clock_time, day_of
from agent.sending import batches
from agent.sending.day_summary import summarise
from agent.service.status import moving_words, paused_until
from agent.showing import ledger
from agent.showing.ledger import Entry
from agent.showing.status_words import paused_words
from agent.showing.value_words import CHOICE_WORDS, DROP_WORDS, EVENT_WORDS
from agent.signals import SUMMARY
from agent.store import busy_processes, minutes, observations
from agent.store.busy_processes import BusyProcess
from agent.store.local_store import dropped_by_reason, get_number
from agent.store.minutes import Minute
from agent.store.observations import KeptHappening

COLUMNS = {
    "awake": said("awake"),
    "active": said("in use"),
    "pressed": said("slow"),
    "offline": said("offline"),
}
"""Kinds of minutes, and their headings."""


@dataclass(frozen=True, slots=True)
class Report:
    """`summary` is what today's edition would say now; `happenings` keep exact times and real names."""

    now: float
    paused_until: float
    summary: Mapping[str, Any]
    minutes: Sequence[Minute]
    busiest: Mapping[int, Sequence[BusyProcess]]
    """By minute (seconds since 1970, divided by 60): who was busy right after it was slow."""
    happenings: Sequence[KeptHappening]
    unnamed: Sequence[str]
    """Programs that leave the laptop as "other" only."""
    waiting: Sequence[Entry]
    waiting_events: int
    sent: Sequence[Entry]
    dropped: Mapping[str, int]
    agreement: str
    """What holds, and where the collector moves, in the reader's words."""
    refused: Sequence[str]
    """What the collector asked for and does not get."""
    faults: Sequence[str]
    """What IT is told is wrong with this laptop."""
    looks: Sequence[str] = ()
    """Who of IT looked at this laptop, and why."""
    left_out: int = 0
    """Batches that the service does not tell this account of."""


def report(db: sqlite3.Connection, wall: float, newest: int) -> Report:
    """Everything about today, and the `newest` batches that were answered."""
    now = wall + get_number(db, "clock_offset")
    day = day_of(now)
    facts = observations.facts_of(db, day)
    in_force = policy.load_policy(db)
    programs = {h.app for h in facts.happenings if h.app and in_force.applications.name_of(h.app) == OTHER}
    return Report(
        now=now,
        paused_until=paused_until(db, wall),
        summary=in_force.bounds.of_summary(
            batches.fit(summarise(facts, in_force.applications), SUMMARY, lambda name: None)
        ),
        minutes=minutes.of_day(db, day),
        busiest=busy_processes.of_day(db, day),
        happenings=facts.happenings,
        unnamed=sorted(programs),
        waiting=ledger.waiting(db),
        waiting_events=_waiting_events(db),
        sent=ledger.answered(db, newest),
        dropped=dropped_by_reason(db),
        agreement=" ".join(filter(None, (sentence(in_force), moving_words(in_force, db)))),
        refused=refusals(db),
        faults=fault_lines(in_force),
        looks=look_lines(in_force),
    )


def first_sentence(found: Report) -> str:
    """The answer, before any table."""
    on = length(found.summary.get("on_s", 0.0))
    used = found.summary.get("usage_s")
    if used is None:
        use = _("Today this laptop was awake for {on}; how long it was in use is not known.", on=on)
    else:
        use = _("Today this laptop was awake for {on} and in use for {used}.", on=on, used=length(used))
    events = _events_words(len(found.happenings))
    return " ".join(filter(None, (paused_words(found.paused_until), use, events, _waits_words(found))))


def _events_words(events: int) -> str:
    if not events:
        return _("Nothing was seen to fail.")
    return ngettext("{n} event was seen.", "{n} events were seen.", events)


def _waits_words(found: Report) -> str:
    batches_waiting = len(found.waiting) + (found.waiting_events > 0)
    if not batches_waiting:
        return _("Nothing waits to be sent.")
    return ngettext("{n} batch waits to be sent.", "{n} batches wait to be sent.", batches_waiting)


def left_out_words(found: Report) -> list[str]:
    """That the ledger is not whole, and why; nothing where it is."""
    if not found.left_out:
        return []
    return [
        ngettext(
            "{n} batch is not shown: only those of days are on which you alone were signed in, and of "
            "very many the newest.",
            "{n} batches are not shown: only those of days are on which you alone were signed in, and of "
            "very many the newest.",
            found.left_out,
        )
    ]


def happening_words(happening: KeptHappening) -> str:
    """With the exact time and the program's real name: for the laptop alone."""
    what = _(EVENT_WORDS[happening.kind])
    noted = happening.detail.get("what", "")
    known = (
        happening.app,
        happening.version,
        happening.detail.get("service"),
        noted and _(CHOICE_WORDS[noted]),
    )
    named = " ".join(part for part in known if part)
    if named:
        what = _("{about}: {value}", about=what, value=named)
    return f"{clock_time(happening.at)}  {what}"


def hours_of(found: Report) -> list[dict[str, Any]]:
    """Today by the hour: minutes awake, and of these in use, slow and offline (None where not known)."""
    hours: dict[str, list[Minute]] = {}
    for minute in found.minutes:
        hours.setdefault(clock_time(minute.number * MINUTE)[:2], []).append(minute)
    return [{"hour": hour, **_hour(rows)} for hour, rows in hours.items()]


def _hour(rows: Sequence[Minute]) -> dict[str, float | None]:
    awake = sum(minute.on_s for minute in rows) / MINUTE
    if all(minute.active_s is None for minute in rows):
        return {"awake": awake, "active": None, "pressed": None, "offline": None}
    return {
        "awake": awake,
        "active": sum(minute.active_min for minute in rows),
        "pressed": sum(minute.active_min for minute in rows if minute.pressed),
        "offline": sum(minute.active_min for minute in rows if minute.offline),
    }


def hour_words(row: Mapping[str, Any], column: str) -> str:
    return _("unknown") if row[column] is None else number(round(row[column]))


def busy_words(found: Report) -> list[str]:
    """A line per name, for each slow minute that was looked at."""
    return [
        f"{clock_time(minute * MINUTE)}  {_busy(one)}"
        for minute, busiest in found.busiest.items()
        for one in busiest
    ]


def _busy(one: BusyProcess) -> str:
    cpu, memory = percent(one.cpu), percent(one.memory)
    return _("{name}: {cpu} of the processors, {memory} of memory", name=one.name, cpu=cpu, memory=memory)


def dropped_words(dropped: Mapping[str, int]) -> list[str]:
    return [
        _("{about}: {value}", about=_(DROP_WORDS.get(why, why)), value=number(times))
        for why, times in sorted(dropped.items())
    ]


def as_json(found: Report) -> dict[str, Any]:
    return {
        "now": found.now,
        "today": dict(found.summary),
        "hours": hours_of(found),
        "busiest": [
            {"at": minute * MINUTE, "name": one.name, "cpu": one.cpu, "memory": one.memory}
            for minute, busiest in found.busiest.items()
            for one in busiest
        ],
        "events": [
            {"at": h.at, "kind": h.kind, "app": h.app, "version": h.version, "value": h.value}
            for h in found.happenings
        ],
        "unnamed": list(found.unnamed),
        "waiting": [entry.as_json() for entry in found.waiting],
        "waiting_events": found.waiting_events,
        "sent": [entry.as_json() for entry in found.sent],
        "dropped": dict(found.dropped),
        "agreement": found.agreement,
        "refused": list(found.refused),
        "faults": list(found.faults),
        "looks": list(found.looks),
        "left_out": found.left_out,
    }


def _waiting_events(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM happening WHERE waits = 1").fetchone()[0])
