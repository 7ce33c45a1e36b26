"""The person behind the current request of a page."""

from typing import cast

from flask import current_app, g

from server.access.cookies import session_cookie
from server.access.queries import Rules, grant_of
from server.access.roles import Grant
from server.clock import Clock
from server.db import Store
from server.errors import Unauthorized


def current_grant() -> Grant | None:
    """What the session of this request grants; None for somebody who is not signed in."""
    if "grant" not in g:
        cookie = session_cookie()
        g.grant = _looked_up(cookie) if cookie else None
    return cast(Grant | None, g.grant)


def granted() -> Grant:
    """The same inside a view for people who are signed in. Unauthorized otherwise."""
    grant = current_grant()
    if grant is None:
        raise Unauthorized("Nobody is signed in here.")
    return grant


def _looked_up(cookie: str) -> Grant | None:
    store: Store = current_app.extensions["store"]
    clock: Clock = current_app.extensions["clock"]
    rules: Rules = current_app.extensions["access_rules"]
    with store.reading() as session:
        return grant_of(session, cookie, clock().date(), rules)
