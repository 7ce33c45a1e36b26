"""Tables of what directories bring over SCIM, and of their tokens. Of a token only its SHA-256 is stored.

Days alone, no clock times: `meta.created` and `meta.lastModified` are the first moment of a day.
"""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


class ScimTokenRow(Base):
    """What one directory authenticates itself with, until `last_day`. A revoked one stays till then."""

    __tablename__ = "scim_token"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "token_hash"),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str]
    created_on: Mapped[date]
    last_day: Mapped[date]
    last_used_on: Mapped[date | None]
    revoked_on: Mapped[date | None]


class ScimUserRow(Base):
    """A user, whose id is that of the person: what the directory told, in `document`, and what is searched.

    `user_name` is in the form in which names are compared. `ended_on` is the last day that closing this
    account gave the person, so that opening it again can take it back.
    """

    __tablename__ = "scim_user"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "user_name"),
        sa.Index(None, "org_id", "external_id"),  # serves: whether the directory made this user already
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_name: Mapped[str]
    external_id: Mapped[str | None]
    document: Mapped[dict[str, Any]]
    version: Mapped[str]
    created_on: Mapped[date]
    changed_on: Mapped[date]
    ended_on: Mapped[date | None]


class ScimGroupRow(Base):
    """A group of users; `name` is its display name in the form in which names are compared."""

    __tablename__ = "scim_group"
    __table_args__ = (
        sa.Index(None, "org_id", "name"),  # serves: a directory that looks whether the group is there
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    external_id: Mapped[str | None]
    document: Mapped[dict[str, Any]]
    version: Mapped[str]
    created_on: Mapped[date]
    changed_on: Mapped[date]


class ScimMemberRow(Base):
    """Who is in a group."""

    __tablename__ = "scim_member"
    __table_args__ = (
        sa.Index(None, "org_id", "person_id"),  # serves: the groups of one person
        sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE"),
        scale("tenant"),
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    display: Mapped[str | None]
