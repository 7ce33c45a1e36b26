"""Tables of the policy: what an organisation asks of its laptops, within its agreement."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class PolicySettingsRow(Base):
    """Numbers of an organisation that chose its own. `pause_hours`: 0 where nobody may pause."""

    __tablename__ = "policy_settings"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    pause_hours: Mapped[float]
    cpu_s_per_hour: Mapped[float]
    rss_mib: Mapped[float]
    address: Mapped[str | None]
    """Where laptops find their collector from a day on; None where it stays."""
    address_from: Mapped[date | None]


class PolicyServiceRow(Base):
    """A business service that laptops try: an address to fetch, or a host and a port to connect to."""

    __tablename__ = "policy_service"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str | None]
    host: Mapped[str | None]
    port: Mapped[int | None]


class PolicyReferenceRow(Base):
    """A computer to try the network with, beside the collector itself."""

    __tablename__ = "policy_reference"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    port: Mapped[int]


class PolicyApplicationRow(Base):
    """Where an organisation's list of applications differs from the built-in one."""

    __tablename__ = "policy_application"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    listed: Mapped[bool]
    """False: on the built-in list, and taken off it."""
