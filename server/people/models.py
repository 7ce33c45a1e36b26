"""Tables of the organisation and its people."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class Organisation(Base):
    """One company. `slug` is its name on the command line; `k` and `group_least` are its thresholds."""

    __tablename__ = "organisation"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="UTC")
    k: Mapped[int] = mapped_column(default=5)
    group_least: Mapped[int] = mapped_column(default=7)
    created_on: Mapped[date]
    demo: Mapped[bool] = mapped_column(default=False)
