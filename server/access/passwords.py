"""Passwords of local accounts: which are taken, and how they are kept (argon2id).

The rules are those of NIST SP 800-63B: length counts, kinds of signs do not, and what attackers try first is
refused.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.access.common_words import COMMON_WORDS
from server.errors import TryLater, UsageError
from server.web.rates import retry_anywhere

HASHED_AT_ONCE = 2
"""Each takes 64 MiB and all the time of a core."""
WAIT_SECONDS = 5
"""So long one waits for its turn before it is told to come back."""
LEAST_LENGTH = 12
MOST_LENGTH = 256
LEAST_DIFFERENT = 5
"""So many different signs at least."""
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_SUBSTITUTES = str.maketrans("@4310$57!", "aaeiossti")

_hasher = PasswordHasher()
_places = threading.BoundedSemaphore(HASHED_AT_ONCE)


class WeakPassword(UsageError):
    """`why` is one of WHY; the text is one sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(WHY[why])
        self.why = why


WHY = {
    "short": f"A password has at least {LEAST_LENGTH} characters.",
    "long": f"A password has at most {MOST_LENGTH} characters.",
    "common": "This password is among those that are tried first; take one that nobody would guess.",
}


def check_password(password: str, account: str) -> None:
    """Raises WeakPassword for one that is too short or that attackers try first."""
    text = _normal(password)
    if len(text) < LEAST_LENGTH:
        raise WeakPassword("short")
    if len(text) > MOST_LENGTH:
        raise WeakPassword("long")
    if _is_common(text.casefold(), account.casefold()):
        raise WeakPassword("common")


def hash_of(password: str) -> str:
    """Raises TryLater where too many are hashed."""
    with _place():
        return _hasher.hash(_normal(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether this is the password; without a kept one never, after the same time as with one.

    Raises TryLater where too many are checked.
    """
    if len(password) > MOST_LENGTH:
        password = ""
    try:
        with _place():
            return _hasher.verify(kept or _of_nobody(), _normal(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with less effort than is usual by now."""
    return _hasher.check_needs_rehash(kept)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise TryLater("Too many passwords are being checked.", headers=retry_anywhere())
    try:
        yield
    finally:
        _places.release()


def _normal(password: str) -> str:
    """The same text however a keyboard composed it."""
    return unicodedata.normalize("NFKC", password)


@cache
def _of_nobody() -> str:
    return _hasher.hash("somebody who is not there")


def _is_common(text: str, account: str) -> bool:
    """Few signs, a piece over and over, a row of the keyboard, or a common word or the account's name with
    nothing but figures and signs around it."""
    if len(set(text)) < LEAST_DIFFERENT or re.fullmatch(r"(.{1,8}?)\1+.{0,7}", text):
        return True
    if any(text in row or text in row[::-1] for row in _ROWS):
        return True
    words = COMMON_WORDS | {_core(account), _core(account.partition("@")[0])}
    core = _core(text)
    return core in words or core.translate(_SUBSTITUTES) in words


def _core(text: str) -> str:
    """Without the figures and signs at both ends, and without the blanks between."""
    return re.sub(r"[\s._-]", "", text.strip("0123456789!?.,;:_-+*#$%&/()= "))
