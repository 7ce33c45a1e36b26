"""The table of this installation's periodic jobs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale

FAILED = "failed"
"""How the result of a run that failed begins."""


class JobState(Base):
    """One periodic job: when it is due, who is on it (until the lease ends), and how it last went."""

    __tablename__ = "job"
    __table_args__ = (scale("local"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    holder: Mapped[UUID | None]
    """A name made up for the run that has the lease; whoever takes it over makes up another."""
    last_result: Mapped[str]
    ran: Mapped[datetime | None]
    """When the last run ended."""
    failed_runs: Mapped[int] = mapped_column(default=0)
    """How many of them failed since one went well."""
