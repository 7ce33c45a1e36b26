"""What changes from one agreement to the next, in plain language for those who sign it. Pure."""

from collections.abc import Iterator, Sequence

from agent.agreed.agreement import ANY, Bounds, Excess, excess
from agent.signals import EVENT, EVENT_DETAIL, FACTS, SUMMARY, Field

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


def difference(new: Bounds, old: Bounds) -> list[str]:
    """One line per change: “+” for more than before, “-” for less."""
    if new.nothing and not old.nothing:
        return ["- The agreement ends: nothing is collected."]
    more = [f"+ {line}" for each in excess(new, old) for line in _lines(each, each.asked, each.agreed)]
    less = [f"- {line}" for each in excess(old, new) for line in _lines(each, each.agreed, each.asked)]
    return more + less


def beyond(asked: Bounds, agreed: Bounds) -> str:
    """What is asked for and not agreed, in one clause; empty if nothing is."""
    return "; ".join(line for each in excess(asked, agreed) for line in _lines(each, each.asked, each.agreed))


def _lines(change: Excess, now: float, before: float) -> Iterator[str]:
    match change.about:
        case "applications":
            yield f"names {', '.join(change.names)}"
        case "services":
            yield from (f"tries the service {name}" for name in change.names)
        case "servers":
            yield from map(_server_words, change.names)
        case "summary":
            yield from (f"sends of each day: {_says(SUMMARY, name)}" for name in change.names)
        case "event":
            yield from (f"sends of an event: {_says(EVENT, name)}" for name in change.names)
        case "events":
            yield from map(_event_words, change.names)
        case "facts":
            yield from (f"sends of the laptop: {_says(FACTS, name)}" for name in change.names)
        case bound:
            yield _BOUNDS[bound].format(now=f"{now:g}", before=f"{before:g}")


def _server_words(server: str) -> str:
    if server == ANY:
        return "moves to whatever server the collector names"
    return f"moves to the collector at {server}"


def _event_words(name: str) -> str:
    kind, _, detail = name.partition(".")
    if not detail:
        return f"reports events of the kind {kind}"
    return f"sends of an event {kind}: {_says(EVENT_DETAIL.get(kind, ()), detail)}"


def _says(fields: Sequence[Field], path: str) -> str:
    """The vocabulary's sentence for a field, and its name."""
    name, _, inner = path.partition(".")
    for field in fields:
        if field.name == name:
            return f"{_says(field.rows, inner)} of {name}" if inner else f"{field.says} ({name})"
    return path
