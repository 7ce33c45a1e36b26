"""Holds the table of permissions at each request: people by their session, programs by their key.

Laptops, the directory and watchers bring secrets of their own, which the views of their routes check.
"""

import math
import time
from datetime import datetime

from flask import Flask, current_app, g, request

from server.access.current import granted
from server.access.keys import grant_of_key, key_row, note_use
from server.access.permissions import KEY_ROLES, MAY, By, Scope
from server.access.roles import Grant
from server.access.tokens import KEY
from server.db import Store
from server.devices.tokens import bearer
from server.errors import Forbidden, Unauthorized
from server.web.rates import Rate, TooManyRequests

KEY_RATE = 2.0
"""Requests a second that one key may go on making of one process, after five minutes' worth at once."""
NOT_FOR_YOUR_ROLE = "Your role does not open this page."
_KEY = f"{KEY}_"


def guard_routes(app: Flask) -> None:
    """Ask at each request what its route asks for."""
    app.extensions["key_rate"] = Rate(KEY_RATE)

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return  # there is nothing there, which is said to everybody
        access = MAY.get(request.endpoint)
        if access is None:
            raise RuntimeError(f"server/access/permissions.py does not say who may call {request.endpoint}")
        if access.by is not By.ROLE:
            return
        key = bearer(request.headers.get("Authorization"))
        if access.scope is not None and key.startswith(_KEY):
            g.grant = _by_key(key, access.scope)
        elif granted().role not in access.roles:
            raise Forbidden(NOT_FOR_YOUR_ROLE)


def _by_key(key: str, scope: Scope) -> Grant:
    """What the key of this request sees. Raises Unauthorized, Forbidden or TooManyRequests."""
    store: Store = current_app.extensions["store"]
    now: datetime = current_app.extensions["clock"]()
    today = now.date()
    with store.reading() as session:
        row = key_row(session, key, today)
    if row is None:
        raise Unauthorized("This key is not good, or not any more.", headers={"WWW-Authenticate": "Bearer"})
    rate: Rate = current_app.extensions["key_rate"]
    if wait := rate.take(row.key_id, time.monotonic()):
        raise TooManyRequests("Come back later.", headers={"Retry-After": str(math.ceil(wait))})
    if scope not in row.scopes or row.role not in KEY_ROLES[scope]:
        raise Forbidden(f"This key does not have the scope {scope}.")
    if row.last_used_on != today:
        with store.transaction() as session:
            note_use(session, row, today)
    return grant_of_key(row)
