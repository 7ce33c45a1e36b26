"""Tokens that an operator chose and gave to a program, from the settings."""

import hmac

from flask import request


def brings(token: str) -> bool:
    """Whether the request brings this token; no request brings an empty one."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
