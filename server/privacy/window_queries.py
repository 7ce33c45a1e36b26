"""Scores and trends for everything that shows them, from released sums alone (docs/scoring.md 5, 10)."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.people.reporting import earlier_names
from server.people.weeks import WEEKS_IN_WINDOW, fixing_week, week_before, weeks_of_period, window_of
from server.privacy.model_versions import models_of
from server.privacy.models import CohortCardRow, ReleaseRow, SentimentReleaseRow
from server.privacy.recent import Recent
from server.privacy.records import Release
from server.privacy.release_store import last_release, load_releases, released_weeks
from server.privacy.sentiment_store import load_sentiment
from server.privacy.windows import MODELLED, Block, Window, score_window
from server.scoring.changes import Change, Difference, change_flags, difference
from server.scoring.cohort_cards import CohortCard
from server.scoring.dex import TECHNOLOGY_ONLY, Dex, scored
from server.scoring.parameters import Model
from server.scoring.technology import Technology

TREND_WEEKS = 26

_WINDOWS: Recent[Window] = Recent(8)
_POINTS: Recent[dict[str, "Point"]] = Recent(128)
_RELEASES: Recent[Release] = Recent(16)


class NotReleased(NotFound):
    slug, title = "not-released", "This week has not been released"


def latest_week(session: Session, org_id: UUID) -> str | None:
    """The newest released week; None before the first release."""
    last = last_release(session, org_id)
    return last.week if last is not None else None


def window(session: Session, org_id: UUID, week: str | None = None, sentiment: bool = True) -> Window:
    """All scores of a week (default: the newest). NotReleased if there is no such release.

    Without `sentiment` the scores are technology alone: what roles that see technical results only see.
    """
    chosen = released_week(session, org_id, week)
    keys = _Keys(session, org_id, sentiment)
    return _WINDOWS.get(keys.key(chosen), lambda: _scored(session, org_id, chosen, keys))


def released_week(session: Session, org_id: UUID, week: str | None = None) -> str:
    """This week, or the newest one. NotReleased if it was not released."""
    chosen = week or latest_week(session, org_id)
    if chosen is None:
        raise NotReleased("No week was released yet.")
    if chosen not in released_weeks(session, org_id):
        raise NotReleased(f"Week {chosen} has not been released.")
    return chosen


def _scored(session: Session, org_id: UUID, week: str, keys: "_Keys") -> Window:
    releases = [
        _RELEASES.get((org_id, digest), partial(_loaded, session, org_id, then))
        for then, digest in keys.digests(window_of(week))
    ]
    periods = load_sentiment(session, org_id) if keys.sentiment else ()
    return score_window(releases, periods, earlier_names(session, org_id, week), models_of(session, org_id))


def _loaded(session: Session, org_id: UUID, week: str) -> Release:
    [release] = load_releases(session, org_id, [week])
    return release


class _Keys:
    """What the scores of a week depend on: the digests of its chains, and the groups' earlier names."""

    def __init__(self, session: Session, org_id: UUID, sentiment: bool) -> None:
        self._org_id = org_id
        self.sentiment = sentiment
        weeks = sa.select(ReleaseRow.week, ReleaseRow.digest).where(ReleaseRow.org_id == org_id)
        periods = sa.select(SentimentReleaseRow.period, SentimentReleaseRow.digest)
        periods = periods.where(SentimentReleaseRow.org_id == org_id)
        self._weeks = {row.week: row.digest for row in session.execute(weeks)}
        self._periods = sorted((row.period, row.digest) for row in session.execute(periods))
        self._session = session
        self._names: dict[str, int] = {}

    def digests(self, weeks: Iterable[str]) -> list[tuple[str, str]]:
        """Those of these weeks that were released, with their digests."""
        return [(week, self._weeks[week]) for week in weeks if week in self._weeks]

    def key(self, week: str) -> Hashable:
        """Equal keys mean equal scores."""
        quarter = fixing_week(week)
        if quarter not in self._names:
            names = earlier_names(self._session, self._org_id, quarter)
            self._names[quarter] = hash(frozenset((q, frozenset(n.items())) for q, n in names.items()))
        closed = [found for found in self._periods if weeks_of_period(found[0])[-1] <= week]
        answers = closed[-1] if closed and self.sentiment else None
        return self._org_id, self._weeks[week], self.sentiment, answers, self._names[quarter]


@dataclass(frozen=True, slots=True)
class Point:
    """What a chart over time shows of a group in one week; numbers are None unless the status is `ok`.

    `technology`: T, with interval and band like a DEX. `last_week`: technology score of that week alone;
    `lost`: minutes lost per active hour; `basket`: the signals behind the score, and `model` its model, as
    two scores of unlike baskets or models cannot be compared.
    """

    status: str
    dex: Dex | None
    technology: Dex | None
    sentiment: float | None
    last_week: float | None
    lost: float | None
    basket: frozenset[str]
    model: Model

    @property
    def made_of(self) -> frozenset[str]:
        """Equal for what can be compared."""
        return self.basket | {f"model {self.model.name}"}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A group in one week under the name it had then; `point` None: it was not listed.

    `continued`: the group took over this trend from one of another name, which a chart marks.
    """

    week: str
    group: str
    continued: bool
    point: Point | None


def trend(
    session: Session,
    org_id: UUID,
    group: str,
    week: str | None = None,
    weeks: int = TREND_WEEKS,
    sentiment: bool = True,
) -> list[TrendPoint]:
    """A group's scores in the released weeks up to a week, oldest first; as far back as its trend goes."""
    last = released_week(session, org_id, week)
    wanted = {week_before(last, back) for back in range(weeks)}
    chosen = [released for released in released_weeks(session, org_id) if released in wanted]
    names = earlier_names(session, org_id, last)
    keys = _Keys(session, org_id, sentiment)
    points = []
    for then in chosen:
        name = _name_then(group, then, last, names)
        if name is not None:
            listed = _points(session, org_id, then, keys)
            points.append(TrendPoint(then, name, name != group, listed.get(name)))
    return points


@dataclass(frozen=True, slots=True)
class Since:
    """A group's DEX against the window four weeks before, `week`; what of it is worth showing."""

    week: str
    delta: float
    change: Change


def changes(
    session: Session, org_id: UUID, week: str | None = None, sentiment: bool = True
) -> dict[str, Since]:
    """Of every group that was scored then and now; none if there was no release four weeks before."""
    last = released_week(session, org_id, week)
    then = week_before(last, WEEKS_IN_WINDOW)
    if then not in released_weeks(session, org_id):
        return {}
    names, keys = earlier_names(session, org_id, last), _Keys(session, org_id, sentiment)
    now, before = _points(session, org_id, last, keys), _points(session, org_id, then, keys)
    families: dict[str, dict[str, Difference]] = defaultdict(dict)
    for group, point in now.items():
        old = before.get(_name_then(group, then, last, names) or "")
        if point.dex is not None and old is not None and old.dex is not None:
            moved = difference(point.dex.value, point.dex.sd, old.dex.value, old.dex.sd)
            families[group.split(":", 1)[0]][group] = Difference(*moved, (old.made_of, point.made_of))
    found = {}
    for family in families.values():
        for group, change in zip(family, change_flags(list(family.values())), strict=True):
            found[group] = Since(then, family[group].delta, change)
    return found


def _points(session: Session, org_id: UUID, week: str, keys: _Keys) -> dict[str, Point]:
    """Every group's point in one week."""

    def make() -> dict[str, Point]:
        found = _scored(session, org_id, week, keys)
        listed = found.blocks.items()
        return {group: _point(block, found.model) for group, block in listed if block.status != MODELLED}

    return _POINTS.get(keys.key(week), make)


def _point(block: Block, model: Model) -> Point:
    return Point(
        status=block.status,
        dex=block.dex,
        technology=_technology(block.technology, model) if block.technology else None,
        sentiment=block.sentiment.value if block.sentiment else None,
        last_week=block.last_week,
        lost=block.lost_time.lost if block.lost_time else None,
        basket=block.basket,
        model=model,
    )


def _technology(found: Technology, model: Model) -> Dex:
    return scored(found.value, found.sd, TECHNOLOGY_ONLY, model)


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
