"""Tables of what a directory went through: earlier employments, stages that HR names, and who said what.

Days only, no clock times; of a value that changed, that it did and not what it was.
"""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> tuple[sa.ForeignKeyConstraint, dict[str, Any]]:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"), scale("tenant")


class PastSpellRow(Base):
    """An employment that ended before somebody was hired again; the days mean what they mean in `person`."""

    __tablename__ = "past_spell"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_day: Mapped[date] = mapped_column(primary_key=True)
    hire: Mapped[date | None]
    notice: Mapped[date | None]
    notice_known: Mapped[date | None]
    last_day_known: Mapped[date | None]


class StageFeedRow(Base):
    """A stage that HR itself names from a day on, in place of the days it would follow from."""

    __tablename__ = "stage_feed"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage_from: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[str]


class TeamRenameRow(Base):
    """That a team, or a unit (`kind`), goes under another name from a day on, alone or with others."""

    __tablename__ = "team_rename"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    became: Mapped[str]


class DirectoryChangeRow(Base):
    """That a source brought, changed or corrected a field of somebody on a day.

    `field` is a name of `server.people.fields`, or `person` for somebody who came in; `kind` a word of
    `server.people.changes`.
    """

    __tablename__ = "directory_change"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]


class PersonSourceRow(Base):
    """Of which fields of somebody a source has a value: their names, with commas between, and no values."""

    __tablename__ = "person_source"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    fields: Mapped[str]


class PeopleSourceRow(Base):
    """A system that knows people, under its name. The lowest `rank` goes first where two disagree, and before
    it those that are `first_for` a field (names with commas between).

    `folder` is where its files are taken from, by the profile of that name or by the own one in
    `profile_text`.
    """

    __tablename__ = "people_source"
    __table_args__ = _of_organisation()

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[int]
    first_for: Mapped[str]
    folder: Mapped[str | None]
    profile: Mapped[str | None]
    profile_text: Mapped[str | None]
