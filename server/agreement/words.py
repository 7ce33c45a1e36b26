"""What changes from one agreement to the next, in plain language for those who sign it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.agreed.agreement import ANY, Bounds, Excess, bounds_of, excess, limits_of_faults
from agent.agreed.fault_rules import FAULT_RULES
from agent.signals import EVENT, EVENT_DETAIL, FACTS, SUMMARY, Field
from server.agreement.promise_words import kept_words, role_sees
from server.agreement.promises import kept_days, seen_by
from server.agreement.said import Said

ENDS = "The agreement ends: nothing is collected."
_NO_MORE = "ends: {what}"
_BOUNDS = {
    "references": "tries the network with up to {now} other computers (before: {before})",
    "cpu_s_per_hour": "uses up to {now} s of processor time per hour (before: {before})",
    "rss_mib": "uses up to {now} MiB of memory (before: {before})",
    "batches_days": "keeps what a laptop sent for {now} days (before: {before})",
    "rows_days": "keeps days and events of a laptop for {now} days (before: {before})",
    "events_s": "sends at most every {now} s (before: every {before} s)",
    "policy_s": "asks for its policy at most every {now} s (before: every {before} s)",
    "pause_hours": "may be paused for {now} hours at least (before: {before})",
}
_NAMED = {
    "applications": "names {name}",
    "services": "tries the service {name}",
    "summary": "sends of each day: {says} ({name})",
    "event": "sends of an event: {says} ({name})",
    "events": "reports events of the kind {name}",
    "detail": "sends of an event {kind}: {says} ({name})",
    "facts": "sends of the laptop: {says} ({name})",
    "servers": "moves to the collector at {name}",
    "anywhere": "moves to whatever server the collector names",
    "faults": "tells IT by the asset tag: {fault}",
}
_SUBJECTS = {"crashing-application": "an application", "unreadable-source": "a source"}


@dataclass(frozen=True, slots=True)
class Line:
    """One change: `more` than before, or less."""

    more: bool
    said: Said

    def __str__(self) -> str:
        return f"{'+' if self.more else '-'} {self.said}"


def difference(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Line]:
    """One line for each thing in which these documents differ, what is more first. Raises Unreadable."""
    after, before = bounds_of(new), bounds_of(old)
    if after.nothing:
        return [] if before.nothing else [Line(False, Said(ENDS))]
    more = [*_beyond(after, before), *_promised_more(new, old)]
    less = [*_beyond(before, after, turned=True), *_promised_more(old, new, turned=True)]
    return [*(Line(True, said) for said in more), *(Line(False, said) for said in less)]


def beyond(asked: Bounds, agreed: Bounds) -> str:
    """What is asked for and not agreed, in one clause; empty if nothing is."""
    return "; ".join(map(str, _beyond(asked, agreed)))


def fault_words(rule: str, numbers: Mapping[str, float]) -> Said:
    """The sentence of a rule of faults; `subject` is whatever it may be about."""
    told: dict[str, str | Said] = {name: f"{number:g}" for name, number in numbers.items()}
    if rule in _SUBJECTS:
        told["subject"] = Said(_SUBJECTS[rule])
    return Said(FAULT_RULES[rule].says if rule in FAULT_RULES else rule, told)


def sentences() -> Iterator[str]:
    """All that may be said, for translators."""
    yield ENDS
    yield _NO_MORE
    yield from _BOUNDS.values()
    yield from _NAMED.values()
    yield from _SUBJECTS.values()


def _beyond(asked: Bounds, agreed: Bounds, turned: bool = False) -> Iterator[Said]:
    """`turned`: the bounds now are the agreed ones."""
    for each in excess(asked, agreed):
        if each.about in _BOUNDS:
            now, before = (each.agreed, each.asked) if turned else (each.asked, each.agreed)
            yield Said(_BOUNDS[each.about], {"now": f"{now:g}", "before": f"{before:g}"})
        elif each.about != "faults":
            yield from (_no_more(said) if turned else said for said in _named(each))


def _no_more(said: Said) -> Said:
    return Said(_NO_MORE, {"what": said})


def _named(change: Excess) -> Iterator[Said]:
    match change.about:
        case "applications":
            yield Said(_NAMED["applications"], {"name": ", ".join(change.names)})
        case "summary" | "event" | "facts":
            fields = {"summary": SUMMARY, "event": EVENT, "facts": FACTS}[change.about]
            yield from (_field(_NAMED[change.about], fields, name) for name in change.names)
        case "events":
            yield from map(_event, change.names)
        case "servers":
            for name in change.names:
                yield Said(_NAMED["anywhere"]) if name == ANY else Said(_NAMED["servers"], {"name": name})
        case about:
            yield from (Said(_NAMED[about], {"name": name}) for name in change.names)


def _event(name: str) -> Said:
    kind, _, detail = name.partition(".")
    if not detail:
        return Said(_NAMED["events"], {"name": kind})
    return _field(_NAMED["detail"], EVENT_DETAIL.get(kind, ()), detail, kind=kind)


def _field(text: str, fields: Sequence[Field], path: str, **values: str) -> Said:
    """With the vocabulary's sentence for a field, `name` or `table.name`."""
    name, _, inner = path.partition(".")
    found = next((field for field in fields if field.name == name), None)
    if found is not None and inner:
        found = next((row for row in found.rows if row.name == inner), None)
    return Said(text, {"says": Said(found.says) if found else path, "name": path, **values})


def _promised_more(one: Mapping[str, Any], other: Mapping[str, Any], turned: bool = False) -> Iterator[Said]:
    """What the server may do by the one and not by the other. `turned`: the other one holds from now on."""
    faults, known = limits_of_faults(one), limits_of_faults(other)
    for rule, numbers in faults.items():
        if numbers != known.get(rule):
            told = Said(_NAMED["faults"], {"fault": fault_words(rule, numbers)})
            yield _no_more(told) if turned else told
    for each in sorted(seen_by(one) - seen_by(other)):
        yield _no_more(role_sees(*each)) if turned else role_sees(*each)
    lengths, before = kept_days(one), kept_days(other)
    for name, days in lengths.items():
        if name not in before and not turned:
            yield kept_words(name, days)
        elif days > before.get(name, days):
            yield kept_words(name, *((before[name], days) if turned else (days, before[name])))
