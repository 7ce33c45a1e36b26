"""Every limit of the door for directories, and what is looked at before a request is read further."""

from collections.abc import Iterator
from typing import Any

from scim2_models import InvalidFilterException, InvalidValueException

from agent.signals import LIMITS

MOST_BYTES = LIMITS.body_bytes
"""Of a body, a bulk request's too; the same for everybody who sends one (server/web/reading.py)."""
MOST_OPERATIONS = 200
"""In one bulk request."""
MOST_RESULTS = 200
"""On one page of a list."""
MOST_WALKED = 10_000
"""Users and groups that are looked at one by one for a filter or an order that no index serves."""
MOST_MEMBERS = 5000
"""Of one group."""
MOST_DOCUMENT = 16 * 1024
"""Bytes of what is kept of one user or group, members not counted."""
MOST_FILTER = 2000
"""Characters of a filter or a path."""
DEEPEST_FILTER = 20
"""Brackets within brackets."""
LONGEST_LINE = 100
"""Managers above each other that are followed to see whether somebody would manage themselves."""
LONGEST_NAME = 200
"""Characters of what a token is called."""
MOST_DAYS = 730
"""Days that a token may be good for."""

_FILTERS = ("filter", "path", "sortby")
"""Members of a body that hold a filter or a path, in small letters."""


def check_filter(text: str) -> None:
    """Raises InvalidFilterException for one that is longer or deeper than is read."""
    if len(text) > MOST_FILTER:
        raise InvalidFilterException(detail=f"A filter has at most {MOST_FILTER} characters")
    depth = 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if depth > DEEPEST_FILTER:
            raise InvalidFilterException(detail=f"A filter has at most {DEEPEST_FILTER} brackets in brackets")


def check_body(value: Any) -> None:
    """The same for every filter in a body, and no text may hold a NUL, which no database keeps."""
    for name, text in _texts(value, ""):
        if "\0" in text:
            raise InvalidValueException(detail="A text holds a NUL character")
        if name.lower() in _FILTERS:
            check_filter(text)


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text with the name of the member that holds it; as deep as the body was read."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield "", key
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
