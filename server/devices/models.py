"""Tables of laptops: which there are, what they are made of, and whose they are from which day on.

No clock times and no day of last contact are kept: they would tell when somebody works.
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale

ACTIVE = "active"
RETIRED = "retired"

BY_HAND, BY_LIST, BY_SIGN_IN = "hand", "list", "sign_in"
"""Who says whose laptop it is: somebody by name, the asset list, or the names that sign in to it."""


def _of_device() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["org_id", "device_id"], ["device.org_id", "device.device_id"], ondelete="CASCADE"
    )


class Device(Base):
    """One enrolled laptop. `install_id` names the installation that its token was given to."""

    __tablename__ = "device"
    __table_args__ = (
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("device"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    install_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    state: Mapped[str] = mapped_column(default=ACTIVE)
    enrolled_on: Mapped[date]
    clone_seen_on: Mapped[date | None]
    """Last day on which two installations answered to this device's token."""
    owner_by: Mapped[str | None]
    """Who said last whose it is, or that it is nobody's."""
    shared: Mapped[bool | None]
    """Whether it is several people's, and so nobody's. Null: not."""


class DeviceFact(Base):
    """What a laptop is made of from `since` on, until the next row of it.

    `seq` is the batch that said so (0: the enrolment); of one day the highest counts, in whatever order
    they arrive.
    """

    __tablename__ = "device_fact"
    __table_args__ = (_of_device(), scale("device"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger())
    hostname: Mapped[str | None]
    serial: Mapped[str | None]
    model: Mapped[str | None]
    maker: Mapped[str | None]
    os: Mapped[str | None]
    os_version: Mapped[str | None]
    memory_gib: Mapped[float | None]
    disk_gib: Mapped[float | None]
    cpu: Mapped[str | None]
    cores: Mapped[int | None]
    bios_date: Mapped[str | None]
    connections: Mapped[str | None]
    desktop: Mapped[str | None]
    signin_hmac: Mapped[str | None]


class DevicePerson(Base):
    """Whose laptop it was from `since` to `until`, both included; open while `until` is null."""

    __tablename__ = "device_person"
    __table_args__ = (
        _of_device(),
        sa.Index(None, "org_id", "person_id"),  # serves: the laptops of one person
        scale("device"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    person_id: Mapped[UUID]


class EnrolmentKey(Base):
    """A key that lets laptops in until it expires, is used up or is revoked. Only its hash is kept."""

    __tablename__ = "enrolment_key"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "key_hash"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes]
    label: Mapped[str]
    created_on: Mapped[date]
    last_day: Mapped[date]
    uses_left: Mapped[int | None]
    """Null: as often as wanted."""
    revoked: Mapped[bool] = mapped_column(default=False)


class DeviceDrop(Base):
    """How many values of a laptop's batches about the days of a week were left out, for one reason.

    `field` is a name of the vocabulary, or the part that held what the vocabulary does not know. By weeks,
    because a count per day would tell how long a laptop was in use. It lies in the order of its key.
    """

    __tablename__ = "device_drop"
    __table_args__ = (_of_device(), scale("device", sqlite_with_rowid=False))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(sa.BigInteger())
