"""Signing in by a link that works once, and what a session opens."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from server.access.cookies import COOKIE
from server.access.current import current_grant
from server.access.models import LoginLink, PageSession
from server.access.permissions import MAY, Access, By
from server.access.roles import Grant, Role
from server.access.store import SESSION_DAYS, create_link
from server.jobs.table import forget_sessions

HOUR = timedelta(hours=1)


@pytest.fixture
def link(store, org, clock):
    """Makes a link for a grant in the organisation; the answer is its path."""

    def make(role: Role = Role.EMPLOYEE, valid: timedelta = HOUR, **whose: object) -> str:
        with store.transaction() as session:
            token = create_link(session, Grant(org.org_id, role, **whose), clock(), valid)
        return f"/sign-in/{token}"

    return make


@pytest.fixture
def app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The server with two pages: one for everybody who is signed in, one for IT."""
    monkeypatch.setitem(MAY, "whoami", Access(By.ROLE, frozenset(Role)))
    monkeypatch.setitem(MAY, "for_it", Access(By.ROLE, frozenset({Role.IT})))

    @app.get("/whoami")
    def whoami():
        grant = current_grant()
        return {"role": grant.role, "device": str(grant.device_id)}

    @app.get("/for-it")
    def for_it():
        return "open"

    return app


def test_a_link_signs_in_once(client, link):
    device_id = uuid4()
    path = link(device_id=device_id)
    assert client.get(path).status_code == 302
    assert client.get("/whoami").json == {"role": "employee", "device": str(device_id)}
    again = client.application.test_client().get(path)
    assert (again.status_code, again.json["type"]) == (410, "urn:employee-dex:problem:link-spent")


def test_a_link_expires(client, link, clock):
    path = link(valid=HOUR)
    clock.now += HOUR
    assert client.get(path).status_code == 410


def test_looking_ahead_does_not_spend_a_link(client, link):
    path = link()
    assert client.head(path).status_code == 204
    assert client.get(path).status_code == 302


@pytest.mark.parametrize(
    "token", ["x", "dexl_" + "0" * 32 + "_" + "a" * 43, "dexs_" + "0" * 32 + "_" + "a" * 43]
)
def test_a_made_up_link_is_refused(client, org, token):
    assert client.get(f"/sign-in/{token}").status_code == 410


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, link):
    cookie = client.get(link()).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_store_holds_no_secret(client, link, store, org):
    path = link()
    with store.reading() as session:
        kept = session.scalar(sa.select(LoginLink.token_hash).where(LoginLink.org_id == org.org_id))
    client.get(path)
    cookie = client.get_cookie(COOKIE).value
    with store.reading() as session:
        session_hash = session.scalar(
            sa.select(PageSession.token_hash).where(PageSession.org_id == org.org_id)
        )
    assert kept not in path
    assert session_hash not in cookie


def test_nobody_and_the_wrong_role_are_told_apart(client, link):
    assert client.get("/for-it").status_code == 401
    client.get(link(Role.HR))
    refused = client.get("/for-it")
    assert (refused.status_code, refused.json["type"]) == (403, "urn:employee-dex:problem:forbidden")
    client.get(link(Role.IT))
    assert client.get("/for-it").status_code == 200


def test_a_session_ends_by_itself(client, link, clock):
    client.get(link())
    clock.advance(days=SESSION_DAYS)
    assert client.get("/whoami").status_code == 200
    clock.advance(days=1)
    assert client.get("/whoami").status_code == 401


def test_signing_in_again_ends_the_session_before(client, link, store, org):
    client.get(link())
    client.get(link())
    with store.reading() as session:
        count = sa.select(sa.func.count()).where(PageSession.org_id == org.org_id)
        assert session.scalar(count) == 1


def test_a_spent_link_leaves_whoever_is_signed_in_alone(client, link):
    spent = link(Role.HR)
    client.application.test_client().get(spent)
    client.get(link(Role.IT))
    assert client.get(spent).status_code == 410
    assert client.get("/whoami").json["role"] == "it"


def test_another_site_cannot_sign_somebody_out(client, link):
    client.get(link())
    assert client.post("/auth/logout").status_code == 400
    assert client.get("/whoami").status_code == 200


def test_what_is_over_is_forgotten(client, link, store, clock, org):
    client.get(link())
    link(valid=HOUR)
    clock.advance(days=SESSION_DAYS + 1)
    assert forget_sessions(store, clock()) == "2 expired links and sessions deleted, 0 looks ended"
    assert client.get("/whoami").status_code == 401
