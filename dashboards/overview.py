"""The overview: how the whole company does, its units and teams, its stages, and what would help most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards import sentences
from dashboards.formats import number
from dashboards.group_figures import falls, scored_groups, trend_figure
from dashboards.group_words import group_words
from dashboards.names import OUTCOMES
from dashboards.words import gettext, ngettext
from server.access.current import granted
from server.access.roles import Grant
from server.people.models import Organisation
from server.people.organisations import local_day
from server.people.weeks import period_of, week_before
from server.privacy.left_out import first_to_release, periods_left_out, weeks_left_out
from server.privacy.plan import COMPANY
from server.privacy.result_queries import detail_for, groups_for, released_week_for
from server.privacy.results import Group, GroupDetail, Groups, ReleasedWeek
from server.privacy.visible import sees_sentiment
from server.privacy.window_queries import cohort_cards, latest_week

bp = Blueprint("overview", __name__)


@bp.get("/overview")
def overview() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        if latest_week(session, grant.org_id) is None:
            return render_template("overview_empty.html", **_waiting(organisation))
        return render_template("overview.html", **_contents(session, grant, organisation))


def _waiting(organisation: Organisation) -> dict[str, Any]:
    """Before the first release: when there will be something."""
    today = local_day(organisation, current_app.extensions["clock"]())
    return {
        "organisation": organisation,
        "expected": sentences.first_figures(organisation.created_on, today),
    }


def _contents(session: Session, grant: Grant, organisation: Organisation) -> dict[str, Any]:
    week = request.args.get("week")
    grid = "grid" in request.args
    listed = groups_for(session, grant, week, grid)
    detail = detail_for(session, grant, COMPANY, listed.week)
    groups = {group.group: group for group in listed.groups}
    return group_words(organisation) | {
        "organisation": organisation,
        "listed": listed,
        "company": detail.result,
        "detail": detail,
        "groups": groups,
        "trend": trend_figure(detail),
        "falls": falls(detail),
        "units": _by_unit(listed),
        "stages": [group for group in listed.groups if group.kind == "stage"],
        "cards": cohort_cards(session, grant.org_id),
        "pairs": _pairs(listed, grid),
        "grid": grid,
        "who": _who(released_week_for(session, grant, listed.week)),
        "technical": not sees_sentiment(grant),
        "released_on": sentences.next_release(_before_next(session, grant.org_id, listed.week)),
        "left_out": _left_out(session, grant.org_id, detail),
        "anything": bool(scored_groups(listed.groups)),
    }


def _before_next(session: Session, org_id: UUID, week: str) -> str:
    """The week before the next one that is released."""
    return week_before(first_to_release(session, org_id, week_before(week, -1)))


def _left_out(session: Session, org_id: UUID, detail: GroupDetail) -> str:
    """What is missing since the first week of the trend, or comes after the newest one."""
    first = min(point.week for point in detail.trend) if detail.trend else detail.weeks[0]
    weeks = [week for week in weeks_left_out(session, org_id) if week > first]
    periods = [period for period in periods_left_out(session, org_id) if period >= period_of(first)]
    return sentences.left_out(weeks, periods)


def _by_unit(listed: Groups) -> list[tuple[Group, list[Group]]]:
    """Each unit with its teams, by name: an order by score would tell a rank that the intervals do not."""
    teams: dict[str | None, list[Group]] = {}
    for group in listed.groups:
        if group.kind == "team":
            teams.setdefault(group.unit, []).append(group)
    return [(unit, teams.get(unit.name, [])) for unit in listed.groups if unit.kind == "unit"]


@dataclass(frozen=True, slots=True)
class PairRow:
    """A unit or team and its pairs with the stages; None where nothing is published."""

    group: Group
    pairs: Sequence[Group | None]


def _pairs(listed: Groups, grid: bool) -> list[PairRow]:
    """Units and teams by stage; without the grid only rows in which something was measured."""
    groups = {group.group: group for group in listed.groups if group.score is not None}
    stages = [group.name for group in listed.groups if group.kind == "stage"]
    rows = []
    for unit, teams in _by_unit(listed):
        for left, kind in ((unit, "unit_stage"), *((team, "cell") for team in teams)):
            pairs = [groups.get(f"{kind}:{left.name}|{stage}") for stage in stages]
            if any(pairs):
                rows.append(PairRow(left, pairs))
    return rows


@dataclass(frozen=True, slots=True)
class Who:
    """Who is in the number and who is not, as far as it may be said."""

    sentence: str
    outcomes: Sequence[tuple[str, int]]
    late: str


def _who(week: ReleasedWeek) -> Who | None:
    """Of the company; None where not even its size may be said."""
    known = {line.outcome: line.people for line in week.who_counts if line.unit is None}
    everybody = known.pop(None, None)
    if everybody is None:
        return None
    outcomes = [(str(OUTCOMES[outcome]), people) for outcome, people in known.items() if outcome]
    rest = everybody - sum(known.values())
    if rest and outcomes:
        outcomes.append((gettext("others, in groups too small to name"), rest))
    return Who(_who_sentence(everybody, known.get("counted")), outcomes, _late(week))


def _who_sentence(everybody: int, counted: int | None) -> str:
    values = {"everybody": number(everybody)}
    if counted is None:
        return gettext(
            "%(everybody)s people belonged to the company in the last of these weeks. So few of them are not"
            " in the number, or are in it, that saying how many could point at somebody.",
            **values,
        )
    return gettext(
        "%(counted)s of the %(everybody)s people of the last of these weeks are in the number.",
        counted=number(counted),
        **values,
    )


def _late(week: ReleasedWeek) -> str:
    if not week.late:
        return ""
    return ngettext(
        "The data of %(n)s person came too late to count four weeks earlier.",
        "The data of %(n)s people came too late to count four weeks earlier.",
        week.late,
        n=number(week.late),
    )
