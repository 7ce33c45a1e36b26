"""Signing in by a one-time link, and signing out."""

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from server.access.current import COOKIE
from server.access.store import SESSION_DAYS, close_session, open_session, redeem_link
from server.config import Settings
from server.errors import Problem

bp = Blueprint("access", __name__)
csrf = CSRFProtect()


class LinkSpent(Problem):
    status, slug, title = 410, "link-spent", "This sign-in link does not work any more"


def protect_forms(app: Flask) -> None:
    """Ask every request that changes something by force of a session for the token of its form.

    Requests without a session's cookie cannot act in anybody's name; machines send none.
    """
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_SSL_STRICT"] = False  # pages send no referrer, not even to themselves
    app.config["SESSION_COOKIE_NAME"] = "dex_form"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = _over_https(app)
    csrf.init_app(app)

    @app.before_request
    def check() -> None:
        if COOKIE in request.cookies:
            csrf.protect()


@bp.get("/sign-in/<token>")
def sign_in(token: str) -> ResponseReturnValue:
    """Use a link: it is spent, and a session begins in place of the one before, if there is one.

    A link that does not work leaves that one alone, and a look-ahead (HEAD) spends nothing.
    """
    if request.method == "HEAD":
        return "", 204
    store, now = current_app.extensions["store"], current_app.extensions["clock"]()
    with store.transaction() as session:
        grant = redeem_link(session, token, now)
        if grant is None:
            raise LinkSpent("It works once and for a limited time. Ask for a new one where you got it.")
        close_session(session, request.cookies.get(COOKIE, ""))
        cookie = open_session(session, grant, now.date())
    response = redirect(_home())
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=SESSION_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=_over_https(current_app),
    )
    return response


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    with current_app.extensions["store"].transaction() as session:
        close_session(session, request.cookies.get(COOKIE, ""))
    response = redirect(_home())
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


def _home() -> str:
    """The first page, in the language the link was opened in."""
    language = request.args.get("lang", "")
    return f"/?lang={language}" if language.isalpha() else "/"


def _over_https(app: Flask) -> bool:
    settings: Settings = app.extensions["settings"]
    return settings.public_url.startswith("https://")
