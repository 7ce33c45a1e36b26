"""The table of the audit log: one chain for each organisation."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class AuditRow(Base):
    """That somebody looked or changed something, never what was seen. `digest` covers the entry before."""

    __tablename__ = "audit"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    who: Mapped[str]
    action: Mapped[str]
    about: Mapped[str]
    reason: Mapped[str | None]
    digest: Mapped[str]
