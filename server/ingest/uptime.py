"""In which hours a collector was up: a week's release waits until laptops had time to deliver."""

import contextlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.db import Base, scale


class CollectorHour(Base):
    """The start of an hour (UTC) in which some collector of this installation was up."""

    __tablename__ = "collector_hour"
    __table_args__ = (scale("local"),)

    hour: Mapped[datetime] = mapped_column(primary_key=True)


def mark_up(session: Session, now: datetime) -> None:
    """Note that a collector is up in this hour. Safe to repeat."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if session.get(CollectorHour, hour) is None:
        with contextlib.suppress(IntegrityError), session.begin_nested():  # another collector was first
            session.add(CollectorHour(hour=hour))


def hours_up(session: Session, since: datetime, until: datetime) -> int:
    """In how many hours that began in [since, until) a collector was up."""
    query = sa.select(sa.func.count()).where(CollectorHour.hour >= since, CollectorHour.hour < until)
    return session.execute(query).scalar_one()
