"""The table of what the fleet is made of and how it is doing, in counts."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class FleetCountRow(Base):
    """The newest count of an organisation's laptops; each replaces the one before.

    A count that moved with every delivery would tell who is at work. So it is made once a day.
    """

    __tablename__ = "fleet_count"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    counted_on: Mapped[date]
    counts: Mapped[dict[str, Any]]
    """See server/fleet/counts.py."""
