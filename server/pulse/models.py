"""Tables of the pulse.

What links a person to a period (`pulse_member`) and what an answer says (`pulse_answer`) have nothing in
common but a label that at least eight people share. Answers, comments and spent tokens carry no time, and
their order is random: on SQLite they lie in the order of their random key, on PostgreSQL they are written
anew once a day (server/pulse/shuffle.py).
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class PulsePeriod(Base):
    """A period that was begun. `labels` is the published list, byte for byte; `labels_hash` its SHA-256.

    `issued` and `answered` are counts, filled in when the period closes.
    """

    __tablename__ = "pulse_period"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    labels: Mapped[bytes]
    labels_hash: Mapped[str]
    closed: Mapped[bool] = mapped_column(default=False)
    issued: Mapped[int | None]
    answered: Mapped[int | None]


class PulseLabel(Base):
    """A group whose answers are counted together in a period; empty unit, team and stage: the company."""

    __tablename__ = "pulse_label"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    unit: Mapped[str]
    team: Mapped[str]
    stage: Mapped[str]
    members: Mapped[int]
    eligible: Mapped[int]


class PulseKey(Base):
    """The key that signs tokens for one label and one slot. The primes are deleted when the period closes."""

    __tablename__ = "pulse_key"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    modulus: Mapped[bytes]
    p: Mapped[bytes | None]
    q: Mapped[bytes | None]


class PulseMember(Base):
    """Somebody who may answer in a period, the one laptop that asks, and the labels.

    `issued` is the SHA-256 of the blinded numbers that were signed, so that the same request again gets
    the same answer and another one is refused. It tells nothing about the tokens: they are blinded.
    The rows are deleted when the period closes.
    """

    __tablename__ = "pulse_member"
    __table_args__ = (
        sa.Index(None, "org_id", "period", "device_id"),  # serves: whom this laptop asks
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID]
    row_label: Mapped[str]
    col_label: Mapped[str]
    issued: Mapped[bytes | None]


class PulseSpent(Base):
    """SHA-256 of a token that was used. Deleted when the period closes."""

    __tablename__ = "pulse_spent"
    __table_args__ = (scale("tenant", sqlite_with_rowid=False),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)


class PulseAnswer(Base):
    """One answer under one label. Counted and deleted when the period closes."""

    __tablename__ = "pulse_answer"
    __table_args__ = (scale("tenant", sqlite_with_rowid=False),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str]
    label: Mapped[str]
    item: Mapped[str]
    value: Mapped[int]


class PulseComment(Base):
    """What somebody wrote, for the company as a whole. Kept for twelve months.

    Without a `state` it waits for the moderator; `text` is then what is left of it.
    """

    __tablename__ = "pulse_comment"
    __table_args__ = (scale("tenant", sqlite_with_rowid=False),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str]
    text: Mapped[str]
    state: Mapped[str | None]


class PulseHistogram(Base):
    """How often a value was given under a label in a closed period. Written once."""

    __tablename__ = "pulse_histogram"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
