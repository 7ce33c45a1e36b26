"""Tables of alarms: what was published, and what the core keeps from look to look to find it.

Only `alarm` is read by anybody. Sums of days in the other two name no person, but may be of groups and
versions of which nothing is published; nothing but the look itself reads them.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class AlarmRow(Base):
    """That a signal got worse, said once: alarms of one signal and day are one message.

    `day`: which day was looked at. `item`: an application or a model, "" for groups, which are not named;
    `version`: of the application, if it is one version alone. `laptops`: size class of those affected.
    `seen_on`: when IT said that it looks into it.
    """

    __tablename__ = "alarm"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    laptops: Mapped[str]
    start: Mapped[date]
    seen_on: Mapped[date | None]
    ended_on: Mapped[date | None]


class AlarmLookRow(Base):
    """How far an organisation's days were looked at: the last day, and the last released week seen on it.

    `open_alarms`: which alarms are not over, with what it takes for each to end.
    """

    __tablename__ = "alarm_look"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    last_week: Mapped[str | None]
    open_alarms: Mapped[list[Any]]


class AlarmSeriesRow(Base):
    """The last weeks of all series of one kind and signal, such as `days crash`; `model`: the name of the
    score model by which the last day was read. See alarm_state.py."""

    __tablename__ = "alarm_series"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    watched: Mapped[str] = mapped_column(primary_key=True)
    series: Mapped[list[Any]]
