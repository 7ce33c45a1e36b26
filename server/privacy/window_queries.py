"""Scores and trends for everything that shows them, from released sums alone (docs/scoring.md 5, 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.people.reporting import earlier_names
from server.people.weeks import fixing_week, week_before, window_of
from server.privacy.models import CohortCardRow
from server.privacy.plan import COMPANY
from server.privacy.records import Release
from server.privacy.release_store import last_release, load_releases, released_weeks
from server.privacy.sentiment_store import load_sentiment
from server.privacy.windows import Block, Window, score_window
from server.scoring.cohort_cards import CohortCard
from server.scoring.parameters import RATES

TREND_WEEKS = 26


class NotReleased(NotFound):
    slug, title = "not-released", "This week has not been released"


def latest_week(session: Session, org_id: UUID) -> str | None:
    """The newest released week; None before the first release."""
    last = last_release(session, org_id)
    return last.week if last is not None else None


def window(session: Session, org_id: UUID, week: str | None = None) -> Window:
    """All scores of a week (default: the newest). NotReleased if there is no such release."""
    chosen = week or latest_week(session, org_id)
    if chosen is None or chosen not in released_weeks(session, org_id):
        raise NotReleased(f"Week {chosen} has not been released." if chosen else "No week was released yet.")
    [found] = windows(session, org_id, [chosen])
    return found


def windows(session: Session, org_id: UUID, weeks: Sequence[str]) -> list[Window]:
    """The scores of several released weeks, in the order given."""
    needed = sorted({part for week in weeks for part in window_of(week)})
    releases = load_releases(session, org_id, needed)
    periods = load_sentiment(session, org_id)
    names = {q: earlier_names(session, org_id, q) for q in sorted({fixing_week(week) for week in weeks})}
    return [
        score_window([r for r in releases if r.week <= week], periods, names[fixing_week(week)])
        for week in weeks
    ]


@dataclass(frozen=True)
class TrendPoint:
    """A group's score in one week under the name it had then; `block` None: it was not listed.

    `continued`: the group took over this trend from one of another name, which a chart marks.
    """

    week: str
    group: str
    continued: bool
    block: Block | None


def trend(
    session: Session, org_id: UUID, group: str, week: str | None = None, weeks: int = TREND_WEEKS
) -> list[TrendPoint]:
    """A group's scores in the released weeks up to a week, oldest first; as far back as its trend goes."""
    last = window(session, org_id, week)
    wanted = {week_before(last.week, back) for back in range(weeks)}
    chosen = [released for released in released_weeks(session, org_id) if released in wanted]
    names = earlier_names(session, org_id, last.week)
    points = []
    for found in windows(session, org_id, chosen):
        then = _name_then(group, found.week, last.week, names)
        if then is not None:
            points.append(TrendPoint(found.week, then, then != group, found.blocks.get(then)))
    return points


def _name_then(group: str, week: str, now: str, names: Mapping[str, Mapping[str, str]]) -> str | None:
    """A group's name in an earlier quarter; None if its trend does not reach back so far."""
    quarter = fixing_week(week)
    kind, name = group.split(":", 1)
    if quarter == fixing_week(now) or kind in ("company", "stage"):
        return group
    left, bar, stage = name.partition("|")
    level = "unit" if kind in ("unit", "unit_stage") else "team"
    old = names.get(quarter, {}).get(f"{level}:{left}")
    return None if old is None else f"{kind}:{old}{bar}{stage}"


def company_rates(session: Session, org_id: UUID, week: str | None = None) -> dict[str, float]:
    """Events per 100 or 1000 hours of the whole company over the window of a week, by rate."""
    chosen = week or latest_week(session, org_id)
    if chosen is None:
        return {}
    return rates_of(load_releases(session, org_id, window_of(chosen)))


def rates_of(releases: Sequence[Release]) -> dict[str, float]:
    """The same from releases."""
    rates = {}
    for name, signal in RATES.items():
        sums = [r.rates[name][COMPANY] for r in releases if COMPANY in r.rates.get(name, {})]
        hours = sum(part.e for part in sums)
        if hours > 0:
            rates[name] = sum(part.y for part in sums) / hours * signal.per_hours
    return rates


def cohort_cards(session: Session, org_id: UUID) -> dict[str, list[CohortCard]]:
    """The cards of each stage, oldest first."""
    query = (
        sa.select(CohortCardRow)
        .where(CohortCardRow.org_id == org_id)
        .order_by(CohortCardRow.stage, CohortCardRow.number)
    )
    cards: dict[str, list[CohortCard]] = {}
    for row in session.scalars(query):
        cards.setdefault(row.stage, []).append(CohortCard(row.n, row.first, row.last, row.score))
    return cards
