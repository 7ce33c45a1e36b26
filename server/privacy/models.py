"""Tables of the trusted core: person-weeks, which only it reads, and releases, of which all else is made.

Releases are written once and never changed: not for late data, not for corrected people, not after somebody
is erased (a before and after would single them out).
"""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class PersonWeekRow(Base):
    """What somebody's device-days of a week add up to, as the release saw it. A row of a person.

    `gauges`: signal -> score; `rates`: signal -> [events, hours]; `lost`: cause -> minutes (null: unknown).
    """

    __tablename__ = "person_week"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    active: Mapped[bool]
    hours: Mapped[float]
    composite: Mapped[float | None]
    gauges: Mapped[dict[str, Any]]
    rates: Mapped[dict[str, Any]]
    lost: Mapped[dict[str, Any]]
    lost_minutes: Mapped[float | None]
    lost_hours: Mapped[float | None]


class ReleaseRow(Base):
    """A released week. `digest` covers the week's numbers and the digest before it."""

    __tablename__ = "release"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    k: Mapped[int]
    model: Mapped[str]
    late: Mapped[int | None]
    released_on: Mapped[date]
    previous: Mapped[str]
    digest: Mapped[str]


class ReleaseTeamRow(Base):
    """A reporting team of a released week and its reporting unit, published or not."""

    __tablename__ = "release_team"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str]


class ReleasePlanRow(Base):
    """A group of the base plan: its active persons and its eligible members."""

    __tablename__ = "release_plan"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    eligible: Mapped[int]


class ReleaseSumRow(Base):
    """A published sum: of scores (`x`) for a gauge, of events and hours (`y`, `e`) for a rate or lost time.

    Unless `exact`, y and e are those of the working-time wall.
    """

    __tablename__ = "release_sum"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    x: Mapped[float | None]
    y: Mapped[float | None]
    e: Mapped[float | None]
    exact: Mapped[bool | None]


class ReleasePoolRow(Base):
    """What the whole company tells about spread.

    Of a gauge, squares and `n` degrees of freedom; of a rate, sums over `n` person-weeks; of a cause of lost
    time, in how many person-weeks it could be read.
    """

    __tablename__ = "release_pool"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    squares: Mapped[float | None]
    y: Mapped[float | None]
    e: Mapped[float | None]
    yye: Mapped[float | None]


class HoursClassRow(Base):
    """Class j of a group behind the working-time wall, as it was known in a released week."""

    __tablename__ = "hours_class"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    class_j: Mapped[int]


class FunnelRow(Base):
    """A published number of persons by unit (none: the company) and outcome (none: all of them)."""

    __tablename__ = "funnel"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str | None]
    outcome: Mapped[str | None]
    n: Mapped[int]


class SentimentReleaseRow(Base):
    """A released pulse period with the pool of answers within groups; chained like the weeks."""

    __tablename__ = "sentiment_release"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    k: Mapped[int]
    model: Mapped[str]
    squares: Mapped[float]
    freedom: Mapped[int]
    released_on: Mapped[date]
    previous: Mapped[str]
    digest: Mapped[str]


class SentimentSumRow(Base):
    """How many of a published group gave an answer in a released pulse period."""

    __tablename__ = "sentiment_sum"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]


class CohortQueueRow(Base):
    """Somebody left a stage with this mean own score. A row of a person, kept for 90 days.

    `carded`: it is in a card already, and is kept so that the same passage does not count again.
    """

    __tablename__ = "cohort_queue"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    left_on: Mapped[date] = mapped_column(primary_key=True)
    score: Mapped[float]
    carded: Mapped[bool]


class CohortCardRow(Base):
    """Eight people who left a stage: first and last month, and their mean to the nearest five points."""

    __tablename__ = "cohort_card"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    week: Mapped[str]
    n: Mapped[int]
    first: Mapped[str]
    last: Mapped[str]
    score: Mapped[int]


class ModelVersionRow(Base):
    """A decision to adopt a score model from a week on; never changed, chained by digests like the releases.

    `document`: the whole model as JSON (server/scoring/model_file.py).
    """

    __tablename__ = "model_version"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        sa.UniqueConstraint("org_id", "name"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    document: Mapped[str]
    from_week: Mapped[str]
    decided_on: Mapped[date]
    reason: Mapped[str]
    previous: Mapped[str]
    digest: Mapped[str]
