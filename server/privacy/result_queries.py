"""Rounded results for somebody: what the role may see of a week, and nothing beside it."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.permissions import SEE_ALL_GROUPS, SEE_GROUPS
from server.access.roles import Grant
from server.errors import Forbidden, NotFound
from server.people.models import Organisation
from server.privacy.models import ReleaseRow
from server.privacy.plan import COMPANY
from server.privacy.release_store import load_releases
from server.privacy.results import GroupDetail, Groups, People, ReleasedWeek, Week
from server.privacy.rounded import Price, detail_of, groups_of, score_of, status_of
from server.privacy.rounding import one
from server.privacy.visible import may_see, sees_sentiment
from server.privacy.window_queries import NotReleased, TrendPoint, changes, trend, window
from server.privacy.windows import HIDDEN, MODELLED, OK, Window
from server.scoring.places import shared_places
from server.scoring.sensitivity import rank_ranges


def window_for(session: Session, grant: Grant, week: str | None = None) -> Window:
    """The window whose results the role may see a part of. Forbidden for roles that see no groups."""
    if grant.role not in SEE_GROUPS:
        raise Forbidden("Your role sees no results of groups.")
    return window(session, grant.org_id, week, sees_sentiment(grant))


def groups_for(session: Session, grant: Grant, week: str | None = None, grid: bool = False) -> Groups:
    """The groups that the role may see; pairs that are estimated from totals only with `grid`."""
    found = window_for(session, grant, week)
    teams = found.release.teams
    seen = [
        block
        for block in found.blocks.values()
        if may_see(grant, block.group, teams) and (grid or block.status != MODELLED)
    ]
    since = changes(session, grant.org_id, found.week, sees_sentiment(grant))
    return groups_of(found, seen, since, _price(session, grant.org_id))


def details_for(session: Session, grant: Grant, week: str | None = None) -> list[GroupDetail]:
    """Every scored group that the role may see, taken apart, without its trend."""
    found = window_for(session, grant, week)
    since = changes(session, grant.org_id, found.week, sees_sentiment(grant))
    price = _price(session, grant.org_id)
    return [
        detail_of(found, block, since, price=price)
        for block in found.blocks.values()
        if block.status == OK and may_see(grant, block.group, found.release.teams)
    ]


def detail_for(session: Session, grant: Grant, group: str, week: str | None = None) -> GroupDetail:
    """One group taken apart, with its trend. NotFound if it is not listed, Forbidden if not for this role."""
    found = window_for(session, grant, week)
    if not may_see(grant, group, found.release.teams):
        raise Forbidden("Your role does not see this group.")
    block = found.blocks.get(group)
    if block is None:
        raise NotFound("There is no such group in this week.")
    with_sentiment = sees_sentiment(grant)
    since = changes(session, grant.org_id, found.week, with_sentiment)
    points = trend(session, grant.org_id, group, found.week, sentiment=with_sentiment)
    weeks = [_week(point) for point in points] if block.status != MODELLED else []
    return detail_of(found, block, since, weeks, _price(session, grant.org_id))


def _price(session: Session, org_id: UUID) -> Price | None:
    found = session.get_one(Organisation, org_id)
    if found.cost_per_hour is None or found.cost_currency is None:
        return None
    return found.cost_per_hour, found.cost_currency


def _week(then: TrendPoint) -> Week:
    point = then.point
    if point is None or point.dex is None or point.technology is None:
        status = status_of(HIDDEN if point is None else point.status)
        return Week(then.week, then.group, status, None, None, None, [])
    return Week(
        week=then.week,
        group=then.group,
        status=status_of(point.status),
        score=score_of(point.dex, point.model),
        technology=score_of(point.technology, point.model),
        last_week=one(point.last_week) if point.last_week is not None else None,
        basket=sorted(point.basket),
        model=point.model.name,
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Best and worst place of a team by its score of technology.

    `by_weights`: while each weight in turn moves by 25 %. `by_chance`: as far as intervals overlap.
    """

    team: str
    by_weights: tuple[int, int]
    by_chance: tuple[int, int]


def places_for(session: Session, grant: Grant) -> list[Places]:
    """Of all scored teams, by name; none where a role does not see them all."""
    if grant.role not in SEE_ALL_GROUPS:
        return []
    blocks = window_for(session, grant).blocks.values()
    teams = {block.name: block.technology for block in blocks if block.kind == "team" and block.technology}
    by_weights = rank_ranges(teams)
    by_chance = shared_places({name: (own.low, own.high) for name, own in teams.items()})
    return [Places(name, by_weights[name], by_chance[name]) for name in sorted(teams)]


def released_week_for(session: Session, grant: Grant, week: str) -> ReleasedWeek:
    """What was written down for a week. NotReleased if nothing was."""
    if grant.role not in SEE_GROUPS:
        raise Forbidden("Your role sees no results of groups.")
    head = _head(session, grant.org_id, week)
    [release] = load_releases(session, grant.org_id, [week])
    return ReleasedWeek(
        week=week,
        model=release.model,
        least_people=release.k,
        released_on=head.released_on.isoformat(),
        digest=head.digest,
        previous=head.previous,
        groups=[group for group in sorted(release.base) if may_see(grant, group, release.teams)],
        who_counts=[
            People(line.unit, line.outcome, line.n)
            for line in release.funnel
            if may_see(grant, COMPANY if line.unit is None else f"unit:{line.unit}", release.teams)
        ],
        late=release.late,
    )


def _head(session: Session, org_id: UUID, week: str) -> ReleaseRow:
    head = session.scalar(sa.select(ReleaseRow).where(ReleaseRow.org_id == org_id, ReleaseRow.week == week))
    if head is None:
        raise NotReleased(f"Week {week} has not been released.")
    return head
