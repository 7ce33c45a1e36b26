"""Fleet: which laptops there are, what is seen of them and what was left out, in counts, for IT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from agent.advice import ADVICE
from dashboards.batch_words import STATE_NAMES
from dashboards.charts import bar
from dashboards.formats import number
from dashboards.words import gettext, ngettext
from server.access.current import granted
from server.fleet.counts import FleetCounts, Named
from server.fleet.queries import newest_count
from server.fleet.words import CONTACT, REASONS, SYSTEMS

bp = Blueprint("fleet", __name__)

ROWS_SHOWN = 10
"""Of models and versions so many stand in sight, the others behind a click."""


@bp.get("/fleet")
def fleet() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        found = newest_count(session, granted().org_id)
    if found is None or not (found.counts.active or found.counts.retired):
        return render_template("fleet_empty.html", counted_on=found.counted_on if found else None)
    counts = found.counts
    return render_template(
        "fleet.html",
        counted_on=found.counted_on,
        counts=counts,
        sentence=_sentence(counts),
        telling=counts.active - counts.new - _quiet(counts),
        quiet=_quiet(counts),
        asking=[
            (getattr(counts, name), gettext(words.name), gettext(words.advice))
            for name, words in CONTACT.items()
            if getattr(counts, name)
        ],
        systems=sorted(
            (_system(name, sources) for name, sources in counts.coverage.items()),
            key=lambda system: -system.laptops,
        ),
        inventory=_inventory(counts),
        rows_shown=ROWS_SHOWN,
        reasons=[
            (gettext(words.name), gettext(words.advice), dropped)
            for reason, words in REASONS.items()
            if (dropped := [drop for drop in counts.drops if drop.reason == reason])
        ],
        state_names=STATE_NAMES,
    )


def _quiet(counts: FleetCounts) -> int:
    return counts.silent + counts.never_sent


def _sentence(counts: FleetCounts) -> str:
    known = ngettext(
        "%(n)s laptop is enrolled.", "%(n)s laptops are enrolled.", counts.active, n=number(counts.active)
    )
    quiet = _quiet(counts)
    if not quiet:
        nobody = gettext("None of them has been silent for a week.")
        return f"{known} {nobody}"
    return f"{known} " + ngettext(
        "%(n)s of them has reported no day for a week or more.",
        "%(n)s of them have reported no day for a week or more.",
        quiet,
        n=number(quiet),
    )


@dataclass(frozen=True, slots=True)
class SourceRow:
    """On how many laptops a source is in each state, on how many percent it is seen, and what permits it."""

    name: str
    states: Mapping[str, int]
    seen: float
    bar: Markup
    sentence: str
    command: str


@dataclass(frozen=True, slots=True)
class System:
    """The sources of the laptops of one system, the least seen first."""

    name: str
    laptops: int
    sources: Sequence[SourceRow]


def _system(name: str, sources: Mapping[str, Mapping[str, int]]) -> System:
    laptops = max(sum(states.values()) for states in sources.values())
    rows = [_source(name, source, states, laptops) for source, states in sources.items()]
    return System(_system_name(name), laptops, sorted(rows, key=lambda row: row.seen))


def _source(system: str, name: str, states: Mapping[str, int], laptops: int) -> SourceRow:
    seen = 100 * states.get("ok", 0) / laptops
    remedy = ADVICE[name].on(system)
    return SourceRow(
        name=gettext(ADVICE[name].name),
        states=states,
        seen=seen,
        bar=bar(0, seen, "accent", (0, 100)) if seen else Markup(),
        sentence=gettext(remedy.denied) if states.get("denied") else "",
        command=remedy.command_if_denied if states.get("denied") else "",
    )


@dataclass(frozen=True, slots=True)
class Inventory:
    """One table of names with the laptops that have them."""

    title: str
    rows: Sequence[tuple[str, int, Markup]]


def _inventory(counts: FleetCounts) -> list[Inventory]:
    systems = [Named(_system_name(one.name), one.laptops) for one in counts.systems]
    tables: tuple[tuple[str, Sequence[Named], int, int], ...] = (
        (gettext("System"), systems, 0, counts.active),
        (gettext("Model"), counts.models, counts.other_models, counts.active),
        (gettext("Version of the agent"), counts.agents, counts.other_agents, counts.heard),
    )
    return [_table(title, named, rest, all_) for title, named, rest, all_ in tables if named]


def _table(title: str, named: Sequence[Named], rest: int, all_: int) -> Inventory:
    found: list[tuple[str, int]] = [(one.name or gettext("not said"), one.laptops) for one in named]
    if rest:
        found.append((gettext("others"), rest))
    return Inventory(title, [(name, n, bar(0, n, "accent", (0, max(all_, 1)))) for name, n in found])


def _system_name(name: str) -> str:
    return SYSTEMS.get(name, name) or gettext("System not said")
