"""Secrets of laptops. A token names its organisation and its device; what is stored is its SHA-256."""

import functools
import hashlib
import re
import secrets
from uuid import UUID

_DEVICE = re.compile(r"dexd_([0-9a-f]{32})_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_KEY = re.compile(r"dexe_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)

# One object for all tokens of an organisation: keys with it are compared and packed much faster.
_organisation = functools.lru_cache(maxsize=1000)(UUID)


def make_device_token(org_id: UUID, device_id: UUID) -> str:
    return f"dexd_{org_id.hex}_{device_id.hex}_{secrets.token_urlsafe(32)}"


def make_enrolment_key(org_id: UUID) -> str:
    return f"dexe_{org_id.hex}_{secrets.token_urlsafe(32)}"


def device_of(token: str) -> tuple[UUID, UUID] | None:
    """Organisation and device that a device token names; None if it is no such token."""
    found = _DEVICE.fullmatch(token)
    return (_organisation(found[1]), UUID(found[2])) if found else None


def org_of_key(key: str) -> UUID | None:
    """The organisation that an enrolment key names; None if it is no such key."""
    found = _KEY.fullmatch(key)
    return UUID(found[1]) if found else None


def bearer(header: str | None) -> str:
    """The secret in an Authorization header; empty if there is none."""
    found = _BEARER.fullmatch(header or "")
    return found[1] if found else ""


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
