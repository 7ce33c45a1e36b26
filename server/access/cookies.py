"""The cookie of a session: its name, its flags, and where somebody goes once they have it."""

import re

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from server.access.store import SESSION_DAYS
from server.config import Settings

COOKIE = "dex_session"
FORM_COOKIE = "dex_form"
"""Holds what protects forms and the way through a provider, signed."""
HOST_PREFIX = "__Host-"
"""A browser takes such a cookie over https alone, from this host alone, for all its pages."""
ID_TOKEN_COOKIE = "dex_id_token"  # noqa: S105 (a name, no secret)
"""The token a provider vouched with stays in the browser alone, to sign out there too."""
MOST_ID_TOKEN = 3800
"""Browsers keep no longer cookies; without it the provider asks whether to sign out."""
SIGNED_OUT_PATH = "/signed-out"
MOST_PATH = 1000
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def over_https(app: Flask) -> bool:
    settings: Settings = app.extensions["settings"]
    return settings.public_url.startswith("https://")


def name_of_cookie(plain: str, app: Flask) -> str:
    return HOST_PREFIX + plain if over_https(app) else plain


def session_cookie() -> str:
    """The value of this request's session cookie; empty for somebody who has none."""
    return request.cookies.get(name_of_cookie(COOKIE, current_app), "")


def give_cookie(response: Response, cookie: str) -> None:
    response.set_cookie(
        name_of_cookie(COOKIE, current_app),
        cookie,
        max_age=SESSION_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=over_https(current_app),
    )


def take_cookie(response: Response) -> None:
    response.delete_cookie(
        name_of_cookie(COOKIE, current_app), httponly=True, samesite="Lax", secure=over_https(current_app)
    )


def give_id_token(response: Response, token: str) -> None:
    if len(token) <= MOST_ID_TOKEN:
        response.set_cookie(
            ID_TOKEN_COOKIE,
            token,
            path=SIGNED_OUT_PATH,
            httponly=True,
            samesite="Lax",
            secure=over_https(current_app),
        )


def take_id_token(response: Response) -> None:
    response.delete_cookie(ID_TOKEN_COOKIE, path=SIGNED_OUT_PATH, httponly=True, samesite="Lax")


def local_path(text: str) -> str:
    """Where to go on after signing in: this place, if it is one of ours, else the first page."""
    return text if len(text) <= MOST_PATH and _LOCAL.fullmatch(text) else "/"
