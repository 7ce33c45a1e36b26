"""Tables of sign-in links and sessions. Of every secret only its SHA-256 is stored.

A session keeps days, no clock times: when somebody looked at a page is nobody's business.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class LoginLink(Base):
    """A sign-in link that was handed out and not used yet; using it deletes the row."""

    __tablename__ = "login_link"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    group_name: Mapped[str | None]
    expires_at: Mapped[datetime]


class PageSession(Base):
    """Somebody who is signed in to the pages, until `last_day` ends or they sign out."""

    __tablename__ = "session"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    group_name: Mapped[str | None]
    last_day: Mapped[date]
