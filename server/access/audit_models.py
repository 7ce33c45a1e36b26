"""The tables of the audit log: one chain for each organisation."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class AuditRow(Base):
    """That somebody looked or changed something, never what was seen. `digest` covers the entry before."""

    __tablename__ = "audit"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    who: Mapped[str]
    action: Mapped[str]
    about: Mapped[str]
    reason: Mapped[str | None]
    digest: Mapped[str]


class AuditHead(Base):
    """The last entry there is. Writers take turns at this row, and a log that was cut short shows by it."""

    __tablename__ = "audit_head"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    digest: Mapped[str]


class AuditCheckpoint(Base):
    """What stays of entries up to `number`, whose time was over: the digest that the next one covers."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    """Of the last of these entries."""
    digest: Mapped[str]
