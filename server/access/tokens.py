"""Random tokens that name their organisation; what is stored is their SHA-256."""

import hashlib
import re
import secrets
from uuid import UUID

LINK = "dexl"
SESSION = "dexs"
PASSWORD = "dexp"  # noqa: S105 (a kind, no secret)
KEY = "dexk"
DIRECTORY = "dexi"
"""By which an identity provider is known that brings people over SCIM."""

_TOKEN = re.compile(r"(dexl|dexs|dexp|dexk|dexi)_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


def make(kind: str, org_id: UUID) -> str:
    """A new token of this kind: 256 random bits behind the organisation's id."""
    return f"{kind}_{org_id.hex}_{secrets.token_urlsafe(32)}"


def org_of(token: str, kind: str) -> UUID | None:
    """The organisation a token of this kind names; None if it is no such token."""
    found = _TOKEN.fullmatch(token)
    return UUID(found[2]) if found is not None and found[1] == kind else None


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()
