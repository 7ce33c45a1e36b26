"""The fact `signin_hmac`: who signed in within the last two weeks, scrambled, if the policy asks for it.

The store knows accounts by their numbers, names are looked up when the fact is made, and neither leaves.
"""

import sqlite3
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable

from agent.agreed.policy import Policy
from agent.local_time import DAY, day_of
from agent.sign_in_name import digest, normalised, scrambled, written
from agent.store import in_session
from agent.system.accounts import sign_in_name

FACT = "signin_hmac"
DAYS = 14
KEY_LEAST = 16
"""Bytes; a shorter key is none."""


def state(db: sqlite3.Connection, policy: Policy, now: float) -> str:
    """What the fact is made of: it is looked at again when this changes. Empty where it is not asked for."""
    key = _key(policy)
    return f"{key[0]} {' '.join(_accounts(db, now))}" if key else ""


def fact(
    db: sqlite3.Connection, policy: Policy, now: float, name_of: Callable[[str], str] = sign_in_name
) -> dict[str, str]:
    """By its name; nothing where it is not asked for, not agreed, or nobody signed in."""
    key = _key(policy)
    if key is None:
        return {}
    number, secret = key
    organisation = str(policy.document.get("organisation", ""))
    names = {normalised(name_of(account)) for account in _accounts(db, now)} - {""}
    found = [scrambled(secret, digest(organisation, name)) for name in names]
    return {FACT: written(number, found)} if found else {}


def _accounts(db: sqlite3.Connection, now: float) -> list[str]:
    return in_session.accounts_since(db, day_of(now - (DAYS - 1) * DAY))


def _key(policy: Policy) -> tuple[int, bytes] | None:
    asked = policy.document.get("sign_in")
    if not isinstance(asked, dict) or ("facts", FACT) not in policy.bounds.named:
        return None
    number, text = asked.get("number"), asked.get("key")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(text, str):
        return None
    try:
        secret = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None
    return (number, secret) if len(secret) >= KEY_LEAST and number >= 0 else None
