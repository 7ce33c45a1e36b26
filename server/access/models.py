"""Tables of sign-in: links, sessions, accounts, granted roles. Of every secret only its hash is stored.

They keep days, no clock times: when somebody looked at a page is nobody's business.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, scale


def _of_organisation() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisation.org_id"], ondelete="CASCADE")


class LoginLink(Base):
    """A sign-in link that was handed out and not used yet; using it deletes the row.

    One with an `account` sets that account's password, and its role says nothing.
    """

    __tablename__ = "login_link"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    group_name: Mapped[str | None]
    expires_at: Mapped[datetime]
    account: Mapped[str | None]


class PageSession(Base):
    """Somebody who is signed in to the pages, until `last_day` ends or they sign out.

    It names who that is: by a link, with what the link granted; an `account`; or a `subject` of an `issuer`,
    with the person it stands for, if it does, and those of its `groups` that some role is given to. What
    they may do is looked up at each request; `role` is the one of several that was chosen.
    """

    __tablename__ = "session"
    __table_args__ = (scale("tenant"),)

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    group_name: Mapped[str | None]
    last_day: Mapped[date]
    account: Mapped[str | None]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    shown_name: Mapped[str | None]
    groups: Mapped[list[Any] | None]


class AccountRow(Base):
    """Somebody who signs in by name and password. Nobody can before a password was set by a link.

    `refused` counts wrong passwords since the last right one.
    """

    __tablename__ = "account"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str | None]
    person_id: Mapped[UUID | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    created_on: Mapped[date]
    refused: Mapped[int] = mapped_column(default=0)


class RoleGrantRow(Base):
    """A role that an account or a person was given by somebody; its id follows from these two."""

    __tablename__ = "role_grant"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    account: Mapped[str | None]
    person_id: Mapped[UUID | None]
    role: Mapped[str]
    since: Mapped[date]
    granted_by: Mapped[str]


class ProviderIdentityRow(Base):
    """Which person a provider means by one of its subjects; found once, kept when addresses change."""

    __tablename__ = "provider_identity"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    since: Mapped[date]


class AccessClosedRow(Base):
    """A person whom the directory switched off: nobody signs in as them, whatever their last day."""

    __tablename__ = "access_closed"
    __table_args__ = (_of_organisation(), scale("tenant"))

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date]
