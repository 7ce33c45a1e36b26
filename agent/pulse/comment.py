"""Take out of a comment what would say whose it is: addresses and telephone numbers. Pure."""

import re

from agent.signals import LIMITS

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[\s()./-]*\d){5,}(?!\w)")
GONE = "…"


def scrubbed(text: str) -> str:
    """The comment on one line, without e-mail addresses and telephone numbers, at most 280 characters."""
    plain = " ".join(text.split())
    for pattern in (_ADDRESS, _NUMBER):
        plain = pattern.sub(GONE, plain)
    return plain[: LIMITS.comment_length].rstrip()
