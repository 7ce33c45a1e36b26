"""Keys of programs that read: made for a purpose, for scopes, as a role, and until a day."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.key_models import ApiKeyRow
from server.access.permissions import KEY_ROLES, Scope
from server.access.roles import Grant, Role
from server.access.tokens import KEY, digest, make, org_of
from server.errors import UsageError

MOST_KEY_DAYS = 365
MOST_KEY_NAME = 60
MOST_KEYS = 100
"""Keys of one organisation that are good at the same time."""


def create_key(
    session: Session,
    org_id: UUID,
    name: str,
    role: Role,
    scopes: Collection[Scope],
    today: date,
    last_day: date,
) -> tuple[str, UUID]:
    """A new key and its id; the store keeps the hash alone. UsageError for what no key may be."""
    if not name.strip() or len(name) > MOST_KEY_NAME or not name.isprintable():
        raise UsageError(f"The name of a key has 1 to {MOST_KEY_NAME} letters.")
    if not 0 <= (last_day - today).days <= MOST_KEY_DAYS:
        raise UsageError(f"A key is good for {MOST_KEY_DAYS} days at most.")
    if not scopes:
        raise UsageError("A key without a scope reads nothing; name one.")
    for scope in sorted(scopes):
        if role not in KEY_ROLES[scope]:
            others = ", ".join(sorted(KEY_ROLES[scope]))
            raise UsageError(f"The role {role} does not see {scope}; it is seen as: {others}.")
    good = [row for row in api_keys(session, org_id) if is_good(row, today)]
    if name.strip() in {row.name for row in good}:
        raise UsageError(f"There is a key “{name.strip()}” already; revoke it first, or take another name.")
    if len(good) >= MOST_KEYS:
        raise UsageError(f"There are {MOST_KEYS} keys already; revoke those that nobody needs.")
    key = make(KEY, org_id)
    row = ApiKeyRow(
        org_id=org_id,
        key_id=uuid4(),
        name=name.strip(),
        key_hash=digest(key),
        role=role.value,
        scopes=sorted(scopes),
        created_on=today,
        last_day=last_day,
    )
    session.add(row)
    session.flush()
    return key, row.key_id


def api_keys(session: Session, org_id: UUID) -> Sequence[ApiKeyRow]:
    """All keys that are not forgotten yet, by name."""
    query = sa.select(ApiKeyRow).where(ApiKeyRow.org_id == org_id)
    return session.scalars(query.order_by(ApiKeyRow.name, ApiKeyRow.created_on)).all()


def is_good(row: ApiKeyRow, today: date) -> bool:
    return row.revoked_on is None and row.last_day >= today


def revoke_key(session: Session, org_id: UUID, name: str, today: date) -> UUID:
    """End the good key of this name; its id. UsageError if there is none."""
    for row in api_keys(session, org_id):
        if row.name == name and is_good(row, today):
            row.revoked_on = today
            return row.key_id
    raise UsageError(f"There is no key “{name}” that is good; see: dex-server api-keys list")


def key_row(session: Session, key: str, today: date) -> ApiKeyRow | None:
    """The row of a key that is good today; None for any other text."""
    org_id = org_of(key, KEY)
    if org_id is None:
        return None
    row = session.scalar(
        sa.select(ApiKeyRow).where(ApiKeyRow.org_id == org_id, ApiKeyRow.key_hash == digest(key))
    )
    return row if row is not None and is_good(row, today) else None


def grant_of_key(row: ApiKeyRow) -> Grant:
    """What the key sees: what its role does, of all groups, and nobody's own rows."""
    return Grant(row.org_id, Role(row.role), account=f"key {row.name}")


def note_use(session: Session, row: ApiKeyRow, today: date) -> None:
    """The day of its last use, so that a key nobody needs is found."""
    session.execute(
        sa.update(ApiKeyRow)
        .where(ApiKeyRow.org_id == row.org_id, ApiKeyRow.key_id == row.key_id)
        .values(last_used_on=today)
    )
