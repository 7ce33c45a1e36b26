"""Tables of the equipment view: each day's sums of versions, models and places, written once.

No device stands in them, and no team. They are kept as long as the releases of weeks.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class EquipmentReleaseRow(Base):
    """A released day. `digest` covers the day's numbers and the digest before it."""

    __tablename__ = "equipment_release"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    k: Mapped[int]
    released_on: Mapped[date]
    previous: Mapped[str]
    digest: Mapped[str]


class EquipmentSumRow(Base):
    """A published sum of a day: `y` events over `e` hours, or device-days with something wrong over all.

    `app` is empty but for crashes and hangs of one application. `dimension` and `name` say which group;
    both are empty for the whole company, which alone has `yye`, the sum of y*y/e. `class_j` is the class
    of the working-time wall, which the company does not have.
    """

    __tablename__ = "equipment_sum"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(primary_key=True)
    app: Mapped[str] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    y: Mapped[float]
    e: Mapped[float]
    yye: Mapped[float | None]
    class_j: Mapped[int | None]
