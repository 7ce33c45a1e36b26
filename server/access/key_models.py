"""The table of keys for programs that read. Of a key only its SHA-256 is stored, and days alone."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class ApiKeyRow(Base):
    """What a key may read, as which role it sees it, and until when. A revoked one stays till the end."""

    __tablename__ = "api_key"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "key_hash"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key_hash: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[Any]]
    created_on: Mapped[date]
    last_day: Mapped[date]
    last_used_on: Mapped[date | None]
    revoked_on: Mapped[date | None]
