"""Who left a stage of working life, how they fared in it, and the cards made of eight of them.

Finding them reads rows of persons; a card shows a company's number alone (docs/scoring.md 9.5).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.people.stages import ONBOARDING_DAYS, ROLE_CHANGE_DAYS, Person, stage_on, true_moves
from server.people.weeks import monday_of, sunday_of
from server.privacy.models import CohortCardRow, CohortQueueRow
from server.privacy.own_days import own_scores
from server.privacy.person_weeks import device_days
from server.scoring.cohort_cards import CARD_STAGES, Passage, cohort_cards, passage
from server.scoring.parameters import COHORT, COHORT_DAYS, IN_FORCE, OWN_RATE_DAYS, Model
from server.scoring.person_week import DeviceDay

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StagePassage:
    """On the day `passage.left` somebody was not in this stage any more."""

    person: str
    stage: str
    passage: Passage


class _Stay(NamedTuple):
    """The last days in a stage: from `first` to the day before `left`."""

    person: str
    stage: str
    first: date
    left: date


def passages_of_week(
    session: Session,
    org_id: UUID,
    week: str,
    people: Sequence[Person],
    company_rates: Mapping[str, float],
    model: Model = IN_FORCE,
) -> list[StagePassage]:
    """Everybody who left a stage in this week, with the mean of their own scores in it."""
    monday, sunday = monday_of(week), sunday_of(week)
    moves = true_moves(people, monday - timedelta(days=COHORT_DAYS + ROLE_CHANGE_DAYS + 1), sunday)
    stays = [
        _Stay(person.id, stage, _first_day(person, moves.get(person.id, ()), stage, left), left)
        for person in people
        for stage, left in _left_stages(person, moves.get(person.id, ()), monday)
    ]
    days = _days_of(session, org_id, stays)
    found = []
    for stay in stays:
        before = (d for d in days.get(stay.person, ()) if d[0] < stay.left)
        scores = own_scores(before, company_rates, model)
        in_stage = [(d, own.score) for d, own in scores.items() if d >= stay.first and own.score is not None]
        if (mean := passage(stay.left, in_stage)) is not None:
            found.append(StagePassage(stay.person, stay.stage, mean))
    return found


def _left_stages(person: Person, moves: Sequence[date], monday: date) -> Iterator[tuple[str, date]]:
    """The stages that a person left from Monday to Sunday, each with the first day out of it."""
    before = stage_on(person, monday - _DAY, moves)
    for days in range(7):
        day = monday + timedelta(days=days)
        stage = stage_on(person, day, moves)
        if stage != before and before in CARD_STAGES:
            yield before, day
        before = stage


def _first_day(person: Person, moves: Sequence[date], stage: str, left: date) -> date:
    """Since when a person was in the stage that they left, as far back as counts."""
    first = left
    while left - first < timedelta(days=COHORT_DAYS) and stage_on(person, first - _DAY, moves) == stage:
        first -= _DAY
    return first


def _days_of(
    session: Session, org_id: UUID, stays: Sequence[_Stay]
) -> dict[str, list[tuple[date, DeviceDay]]]:
    """Device-days of these people, from 28 days before each stay, which rates look back."""
    days: dict[str, list[tuple[date, DeviceDay]]] = defaultdict(list)
    if stays:
        since = min(stay.first for stay in stays) - timedelta(days=OWN_RATE_DAYS - 1)
        until = max(stay.left for stay in stays) - _DAY
        people = {UUID(stay.person) for stay in stays}
        for person_id, day, fields in device_days(session, org_id, since, until, people):
            days[str(person_id)].append((day, fields))
    return days


def queue_passages(session: Session, org_id: UUID, week: str, passages: Sequence[StagePassage]) -> int:
    """Queue what was not queued before, and make the cards that are full; returns how many were made."""
    for found in passages:
        if not _is_queued(session, org_id, found):
            row = CohortQueueRow(
                org_id=org_id,
                stage=found.stage,
                person_id=UUID(found.person),
                left_on=found.passage.left,
                score=found.passage.score,
                carded=False,
            )
            session.add(row)
    session.flush()
    return sum(_make_cards(session, org_id, week, stage) for stage in CARD_STAGES)


def _is_queued(session: Session, org_id: UUID, found: StagePassage) -> bool:
    """Whether this passage is known; a corrected day of hire moves it by less than a stage's length."""
    near = timedelta(days=ONBOARDING_DAYS)
    query = sa.select(CohortQueueRow.left_on).where(
        CohortQueueRow.org_id == org_id,
        CohortQueueRow.stage == found.stage,
        CohortQueueRow.person_id == UUID(found.person),
        CohortQueueRow.left_on > found.passage.left - near,
        CohortQueueRow.left_on < found.passage.left + near,
    )
    return session.scalar(query.limit(1)) is not None


def _make_cards(session: Session, org_id: UUID, week: str, stage: str) -> int:
    """Cards of the passages that wait, in the order of their days; a card says nothing of who is in it."""
    of_stage = (CohortQueueRow.org_id == org_id, CohortQueueRow.stage == stage)
    query = sa.select(CohortQueueRow).where(*of_stage, CohortQueueRow.carded.is_(False))
    waiting = session.scalars(query.order_by(CohortQueueRow.left_on, CohortQueueRow.score)).all()
    cards, _ = cohort_cards(Passage(row.left_on, row.score) for row in waiting)
    for row in waiting[: COHORT * len(cards)]:
        row.carded = True
    last = session.scalar(
        sa.select(sa.func.max(CohortCardRow.number)).where(
            CohortCardRow.org_id == org_id, CohortCardRow.stage == stage
        )
    )
    session.add_all(
        CohortCardRow(org_id=org_id, stage=stage, number=number, week=week, **asdict(card))
        for number, card in enumerate(cards, (last or 0) + 1)
    )
    session.flush()
    return len(cards)
