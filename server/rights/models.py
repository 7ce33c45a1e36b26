"""Tables of looks at one laptop, and of what people asked for about their own data."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class SupportLookRow(Base):
    """One look of IT at one laptop: asked for, allowed, refused, open or ended (server/rights/looks.py).

    `until` is there while it is open, and tells no working time of anybody but of whoever looks.
    """

    __tablename__ = "support_look"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
        ),
        scale("device"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    look_id: Mapped[UUID] = mapped_column(primary_key=True)
    who: Mapped[str]
    reason: Mapped[str]
    ticket: Mapped[str]
    state: Mapped[str]
    asked_on: Mapped[date]
    opened_on: Mapped[date | None]
    until: Mapped[datetime | None]


class SupportSettingRow(Base):
    """Whether people are asked before IT looks at their laptop; without a row they are."""

    __tablename__ = "support_setting"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    consent: Mapped[str]


class RestrictionRow(Base):
    """Somebody whose rows are kept and used for nothing, from `since` on."""

    __tablename__ = "restriction"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date]


class PersonRequestRow(Base):
    """What somebody asked for about their own data, until the privacy officer has decided, and after."""

    __tablename__ = "person_request"
    __table_args__ = (
        _of_organisation(),
        sa.Index(None, "org_id", "person_id"),  # serves: the requests of one person
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    asked_on: Mapped[date]
    ended_on: Mapped[date | None]
    answer: Mapped[str | None]
    receipt: Mapped[int | None]


class ReceiptRow(Base):
    """What was done with somebody's data, without saying whose. `number` is that of its entry in the audit
    log; `counts`: rows by table; `content`: SHA-256 of what was handed out."""

    __tablename__ = "receipt"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    day: Mapped[date]
    counts: Mapped[dict[str, Any]]
    content: Mapped[str | None]
    digest: Mapped[str]
