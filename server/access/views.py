"""Signing in by a one-time link, choosing one of several roles, and signing out."""

from urllib.parse import urlencode

from flask import Blueprint, Flask, current_app, redirect, request
from flask import session as form_session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from server.access.cookies import (
    COOKIE,
    FORM_COOKIE,
    SIGNED_OUT_PATH,
    give_cookie,
    name_of_cookie,
    over_https,
    session_cookie,
    take_cookie,
)
from server.access.current import granted
from server.access.providers import Providers
from server.access.queries import session_behind
from server.access.roles import Role
from server.access.store import choose_role, close_session, open_session, redeem_link
from server.errors import BadRequest, Problem

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
    app.config["SESSION_COOKIE_NAME"] = name_of_cookie(FORM_COOKIE, app)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = over_https(app)
    csrf.init_app(app)

    @app.before_request
    def check() -> None:
        if name_of_cookie(COOKIE, app) in request.cookies:
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
        close_session(session, session_cookie())
        cookie = open_session(session, grant, now.date())
    form_session.clear()
    response = redirect(_home())
    give_cookie(response, cookie)
    return response


@bp.post("/auth/role")
def take_role() -> ResponseReturnValue:
    """Go on in another of the roles that this person holds."""
    wanted = request.form.get("role", "")
    if wanted not in granted().roles:
        raise BadRequest("This is none of the roles that you hold.")
    with current_app.extensions["store"].transaction() as session:
        choose_role(session, session_cookie(), Role(wanted))
    return redirect(_home())


@bp.post("/auth/logout")
def sign_out() -> ResponseReturnValue:
    """End the session here; the page after it signs out at the provider, if one vouched for it."""
    return _signed_out()


@bp.get("/auth/logout")
def ask_to_sign_out() -> ResponseReturnValue:
    """A person who typed this address, or followed our link, signs out; a link elsewhere signs nobody out."""
    if request.headers.get("Sec-Fetch-Site") in ("none", "same-origin"):
        return _signed_out()
    return redirect(_home())


def _signed_out() -> ResponseReturnValue:
    cookie = session_cookie()
    with current_app.extensions["store"].transaction() as session:
        row = session_behind(session, cookie)
        issuer = row.issuer if row is not None else None
        close_session(session, cookie)
    form_session.clear()
    providers: Providers = current_app.extensions["providers"]
    name = next((name for name, one in providers.items() if one.issuer == issuer), None)
    response = redirect(_home() if name is None else f"{SIGNED_OUT_PATH}?{urlencode({'provider': name})}")
    take_cookie(response)
    return response


def _home() -> str:
    """The first page, in the language the link was opened in."""
    language = request.args.get("lang", "")
    return f"/?lang={language}" if language.isalpha() else "/"
