"""The pages on which somebody signs in, sets a password, and hears that they are signed out."""

import math
from collections.abc import Mapping

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from dashboards.formats import number
from dashboards.words import Lazy, gettext, lazy_gettext, ngettext
from server.access.accounts import (
    MOST_REFUSED,
    TOLD_AFTER,
    account_of_link,
    account_to_sign_in,
    is_password_of,
    note_right,
    note_wrong,
    set_password,
)
from server.access.audit import record
from server.access.cookies import (
    ID_TOKEN_COOKIE,
    SIGNED_OUT_PATH,
    give_cookie,
    local_path,
    session_cookie,
    take_id_token,
)
from server.access.current import granted
from server.access.models import AccountRow
from server.access.passwords import LEAST_LENGTH, WeakPassword, check_password, hash_of
from server.access.store import close_session, open_for_account
from server.access.tries import Tries
from server.access.views import LinkSpent, csrf
from server.config import Settings
from server.errors import Forbidden
from server.web.rates import sender

bp = Blueprint("sign_in", __name__)

WEAK: Mapping[str, Lazy] = {
    "short": lazy_gettext("A password has at least 12 characters."),
    "long": lazy_gettext("A password has at most 256 characters."),
    "common": lazy_gettext(
        "This password is among those that are tried first. Take one that nobody would guess, "
        "for example four words that have nothing to do with each other."
    ),
}


@bp.record
def _count_tries(state: BlueprintSetupState) -> None:
    state.app.extensions["tries"] = Tries()


@bp.get("/sign-in")
def form() -> ResponseReturnValue:
    return sign_in_page(request.args.get("next", "/"))


def sign_in_page(next_path: str, trouble: str = "", status: int = 200) -> Response:
    """All ways in; `next_path` is where it goes on afterwards."""
    page = render_template(
        "sign_in.html",
        providers=list(current_app.extensions["providers"].values()),
        next=local_path(next_path),
        organisation=request.values.get("org", ""),
        name=request.form.get("name", ""),
        trouble=trouble,
    )
    return make_response(page, status)


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """A wrong name and a wrong password are answered alike, and after the same time."""
    csrf.protect()
    name, password = request.form.get("name", ""), request.form.get("password", "")
    next_path = request.form.get("next", "/")
    tries: Tries = current_app.extensions["tries"]
    if wait := tries.wait(name, sender()):
        page = sign_in_page(next_path, _too_often(wait), 429)
        page.headers["Retry-After"] = str(math.ceil(wait))
        return page
    store, today = current_app.extensions["store"], current_app.extensions["clock"]().date()
    with store.reading() as session:
        account = account_to_sign_in(session, name, request.form.get("org", ""))
    right = is_password_of(account, password)  # asked of nobody too, which takes as long
    if account is None or not right:
        tries.count(name, sender())
        with store.transaction() as session:
            _note_wrong(session, account)
        return sign_in_page(next_path, gettext("Name and password do not belong together."), 401)
    with store.transaction() as session:
        note_right(session, account, password)
        close_session(session, session_cookie())
        cookie = open_for_account(session, account.org_id, account.name, today)
    return _begun(cookie, local_path(next_path))


def _note_wrong(session: Session, account: AccountRow | None) -> None:
    if account is None or note_wrong(session, account) not in (TOLD_AFTER, MOST_REFUSED):
        return
    today = current_app.extensions["clock"]().date()
    record(session, account.org_id, today, "sign-in", "refused too often", f"account {account.name}")


def _too_often(wait: float) -> str:
    minutes = math.ceil(wait / 60)
    return ngettext(
        "That was tried too often. Try again in %(n)s minute.",
        "That was tried too often. Try again in %(n)s minutes.",
        minutes,
        n=number(minutes),
    )


@bp.get("/password/<secret>")
def by_link(secret: str) -> ResponseReturnValue:
    """A look at the page spends nothing."""
    return _password_page(_of_link(secret).name)


@bp.post("/password/<secret>")
def set_by_link(secret: str) -> ResponseReturnValue:
    """The link is spent, and whoever had it is signed in."""
    csrf.protect()
    name = _of_link(secret).name
    trouble = _trouble_with_new(name)
    if trouble:
        return _password_page(name, trouble, 422)
    hashed = hash_of(request.form["password"])
    now = current_app.extensions["clock"]()
    with current_app.extensions["store"].transaction() as session:
        account = account_of_link(session, secret, now)
        if account is None:  # somebody was faster
            raise LinkSpent("Ask for a new one where you got it.")
        return _set(session, account, hashed)


@bp.get("/password")
def own() -> ResponseReturnValue:
    return _password_page(_own_name(), asks_old=True)


@bp.post("/password")
def set_own() -> ResponseReturnValue:
    name = _own_name()
    tries: Tries = current_app.extensions["tries"]
    if wait := tries.wait(name, sender()):
        return _password_page(name, _too_often(wait), 429, asks_old=True)
    with current_app.extensions["store"].reading() as session:
        account = session.get_one(AccountRow, (granted().org_id, name))
    if not is_password_of(account, request.form.get("old", "")):
        tries.count(name, sender())
        with current_app.extensions["store"].transaction() as session:
            _note_wrong(session, account)
        return _password_page(name, gettext("This is not your password."), 422, asks_old=True)
    trouble = _trouble_with_new(name)
    if trouble:
        return _password_page(name, trouble, 422, asks_old=True)
    hashed = hash_of(request.form["password"])
    with current_app.extensions["store"].transaction() as session:
        return _set(session, session.get_one(AccountRow, (account.org_id, name)), hashed)


def _own_name() -> str:
    grant = granted()
    if not grant.by_password or grant.account is None:
        raise Forbidden("Whoever signs in without a password has none to change.")
    return grant.account


def _of_link(secret: str) -> AccountRow:
    with current_app.extensions["store"].reading() as session:
        account = account_of_link(session, secret, current_app.extensions["clock"]())
    if account is None:
        raise LinkSpent("It works once and for a limited time. Ask for a new one where you got it.")
    return account


def _trouble_with_new(name: str) -> str:
    """What is wrong with the password of this form; empty if nothing is."""
    password = request.form.get("password", "")
    try:
        check_password(password, name)
    except WeakPassword as weak:
        return str(WEAK[weak.why])
    return "" if password == request.form.get("again") else gettext("The two passwords are not the same.")


def _set(session: Session, account: AccountRow, hashed: str) -> Response:
    today = current_app.extensions["clock"]().date()
    set_password(session, account, hashed)
    close_session(session, session_cookie())
    cookie = open_for_account(session, account.org_id, account.name, today)
    record(
        session, account.org_id, today, f"account {account.name}", "password set", f"account {account.name}"
    )
    return _begun(cookie, url_for("home.index"))


def _password_page(name: str, trouble: str = "", status: int = 200, asks_old: bool = False) -> Response:
    page = render_template("password.html", name=name, trouble=trouble, asks_old=asks_old, least=LEAST_LENGTH)
    return make_response(page, status)


def _begun(cookie: str, where: str) -> Response:
    form_session.clear()
    response = redirect(where)
    give_cookie(response, cookie)
    return response


@bp.get(SIGNED_OUT_PATH)
def signed_out() -> ResponseReturnValue:
    """Nobody is signed in here any more; the browser goes on to the provider to sign out there too.

    It goes by itself, not by the form: forms of our pages lead to our pages alone.
    """
    settings: Settings = current_app.extensions["settings"]
    client = current_app.extensions["openid_clients"].get(request.args.get("provider"))
    token = request.cookies.get(ID_TOKEN_COOKIE, "")
    url = client.logout_url(token, f"{settings.public_url}/") if client is not None else None
    label = client.provider.label if client is not None else ""
    response = make_response(render_template("signed_out.html", url=url, label=label))
    take_id_token(response)
    if url is not None:
        response.headers["Refresh"] = f"0; url={url}"
    return response
