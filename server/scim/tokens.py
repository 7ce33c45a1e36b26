"""Tokens of directories: several may be valid at once, so that one is replaced without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.tokens import DIRECTORY, digest, make, org_of
from server.errors import UsageError
from server.scim.models import ScimTokenRow


@dataclass(frozen=True, slots=True)
class Directory:
    """An identity provider behind a request."""

    org_id: UUID
    token_id: UUID
    used_today: bool


def create_token(session: Session, org_id: UUID, name: str, today: date, days: int) -> tuple[UUID, str]:
    """Id and text of a new token; the store keeps its hash only. UsageError if a good one has this name."""
    if _good_one(session, org_id, name, today) is not None:
        raise UsageError(f"There is a good token “{name}” already; give the new one another name.")
    token = make(DIRECTORY, org_id)
    row = ScimTokenRow(
        org_id=org_id,
        token_id=uuid4(),
        name=name,
        token_hash=digest(token),
        created_on=today,
        last_day=today + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    return row.token_id, token


def tokens(session: Session, org_id: UUID) -> Sequence[ScimTokenRow]:
    """All tokens that are remembered, the oldest first."""
    query = sa.select(ScimTokenRow).where(ScimTokenRow.org_id == org_id)
    return session.scalars(query.order_by(ScimTokenRow.created_on, ScimTokenRow.name)).all()


def revoke_token(session: Session, org_id: UUID, name: str, today: date) -> UUID | None:
    """End the good token of this name at once; its id, or None if there is none."""
    row = _good_one(session, org_id, name, today)
    if row is None:
        return None
    row.revoked_on = today
    session.flush()
    return row.token_id


def is_good(row: ScimTokenRow, today: date) -> bool:
    return row.revoked_on is None and row.last_day >= today


def directory_of(session: Session, token: str, today: date) -> Directory | None:
    """Who brings this token; None if it is unknown, revoked or over."""
    org_id = org_of(token, DIRECTORY)
    if org_id is None:
        return None
    row = session.scalar(
        sa.select(ScimTokenRow).where(
            ScimTokenRow.org_id == org_id, ScimTokenRow.token_hash == digest(token), *_good(today)
        )
    )
    return None if row is None else Directory(org_id, row.token_id, row.last_used_on == today)


def note_use(session: Session, directory: Directory, today: date) -> None:
    """Keep the day on which a token was last used."""
    mine = (ScimTokenRow.org_id == directory.org_id, ScimTokenRow.token_id == directory.token_id)
    session.execute(sa.update(ScimTokenRow).where(*mine).values(last_used_on=today))


def _good_one(session: Session, org_id: UUID, name: str, today: date) -> ScimTokenRow | None:
    return session.scalar(
        sa.select(ScimTokenRow).where(ScimTokenRow.org_id == org_id, ScimTokenRow.name == name, *_good(today))
    )


def _good(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return ScimTokenRow.revoked_on.is_(None), ScimTokenRow.last_day >= today
