"""Tables of the faults of laptops: what is wrong now, and when was looked last."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class DeviceFaultRow(Base):
    """A fault of a laptop, until a later day of it shows that it is over. `rule` and `subject` name it.

    Its day is moved along, so that it is never older than other rows of laptops may be.
    """

    __tablename__ = "device_fault"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
        ),
        scale("device"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date]
    ticket: Mapped[str | None]


class FaultLookRow(Base):
    """On which day an organisation's laptops were looked at last; each look replaces the one before."""

    __tablename__ = "fault_look"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    looked_on: Mapped[date]
