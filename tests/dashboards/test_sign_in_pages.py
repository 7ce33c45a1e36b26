"""Signing in as people do it, by a provider and by a password; and the page of administrators."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from oidc_provider_mock import User, run_server_in_thread
from pg_server import free_port

from server.access.accounts import account_called, create_account, password_link
from server.access.audit_models import AuditRow
from server.access.cookies import COOKIE, local_path
from server.access.grants import Holder, grant_role, granted_roles
from server.access.models import PageSession
from server.access.roles import Role
from server.people.models import PersonRow
from server.people.organisations import MAIN, create_organisation
from server.people.store import person_id_of

PASSWORD = "vier Wörter ohne Sinn"
PEOPLE = (
    User(sub="ida", claims={"groups": ["dex-it"], "email": "ida@example.org"}),
    User(sub="emil", claims={"email": "emil@example.org", "email_verified": True}),
    User(sub="nobody", claims={"email": "nobody@example.org", "email_verified": True, "groups": ["others"]}),
)


@pytest.fixture
def company(tmp_path, sqlite_store, clock, serving):
    """The pages of an organisation to which an OpenID provider leads."""
    port = free_port()
    with sqlite_store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", clock().date()).org_id
        session.add(
            PersonRow(
                org_id=org_id,
                person_id=person_id_of(org_id, "7"),
                employee_id="7",
                name="Emil",
                email="emil@example.org",
            )
        )
    with run_server_in_thread(user_claims=PEOPLE) as provider:
        oidc = {
            "DEX_OIDC_ISSUER": f"http://localhost:{provider.server_port}",
            "DEX_OIDC_CLIENT_ID": "dex",
            "DEX_OIDC_CLIENT_SECRET": "a secret of the client",
            "DEX_OIDC_LABEL": "Example",
        }
        url = f"http://127.0.0.1:{port}"
        with serving(tmp_path, sqlite_store, clock, org_id, port, oidc=oidc, public_url=url) as site:
            yield site


def give_account(site, name, *roles):
    """An account; the answer is the address that sets its password."""
    with site.store.transaction() as session:
        create_account(session, site.org_id, name, site.today, None)
        for role in roles:
            grant_role(session, site.org_id, Holder(account=name), role, site.today, "a test")
        account = account_called(session, site.org_id, name)
        token = password_link(session, account, site.clock(), timedelta(hours=1))
    return f"{site.url}/password/{token}"


def by_provider(page, who):
    page.get_by_role("link", name="Sign in with Example").click()
    page.get_by_role("button", name=who).click()


def test_a_browser_comes_in_through_a_provider_and_leaves_it_again(company, look):
    seen = look()
    page = seen.open(f"{company.url}/method")
    page.get_by_role("link", name="Sign in").click()
    by_provider(page, "ida")
    assert page.url == f"{company.url}/method"
    assert page.get_by_text("Signed in as IT").is_visible()
    cookie = next(one for one in page.context.cookies() if one["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("localhost"))
    page.goto(f"{company.url}/overview")
    assert page.get_by_role("heading", name="Please sign in").is_visible()
    with company.store.reading() as session:
        assert session.scalar(sa.select(PageSession).where(PageSession.org_id == company.org_id)) is None


def test_a_person_of_the_directory_is_an_employee_and_a_stranger_is_nobody(company, look):
    seen = look()
    by_provider(seen.open(company.url), "emil")
    assert seen.page.get_by_text("Signed in as employee").is_visible()
    stranger = look()
    by_provider(stranger.open(company.url), "nobody")
    assert stranger.page.get_by_role("heading", name="You are not known here").is_visible()


def test_a_provider_that_is_refused_by_the_person_leads_to_a_plain_page(company, look):
    seen = look()
    page = seen.open(company.url)
    page.get_by_role("link", name="Sign in with Example").click()
    page.get_by_role("button", name="Deny").click()
    assert page.get_by_role("heading", name="This sign-in was not accepted").is_visible()
    page.get_by_role("link", name="Begin again").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()


def test_a_password_is_set_by_a_link_and_signs_in(site, look):
    seen = look()
    page = seen.open(give_account(site, "alice", Role.ADMIN))
    seen.check(site)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    assert page.url == f"{site.url}/access"
    seen.check(site)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("Alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{site.url}/access"


def test_the_page_for_signing_in_is_open_to_everybody_who_can_read(company, look):
    seen = look()
    seen.open(f"{company.url}/sign-in?lang=fa")
    seen.check(company)


@pytest.fixture
def admin(site):
    """A client of the pages in which alice is an administrator."""
    client = site.app.test_client()
    path = give_account(site, "alice", Role.ADMIN).removeprefix(site.url)
    form = {"password": PASSWORD, "again": PASSWORD, "csrf_token": token_in(client.get(path).text)}
    assert client.post(path, data=form).status_code == 302
    return client


def token_in(text):
    return re.search(r'name="csrf_token" value="([^"]+)"', text)[1]


def post(client, path, **form):
    return client.post(path, data=form | {"csrf_token": token_in(client.get("/access").text)})


def roles(site):
    with site.store.reading() as session:
        return {(row.account, row.role, row.granted_by) for row in granted_roles(session, site.org_id)}


def test_an_administrator_gives_and_takes_roles_of_others(site, admin):
    give_account(site, "bert", Role.HR)
    assert post(admin, "/access/grant", kind="account", holder="Bert", role="it").status_code == 302
    assert ("bert", "it", "admin alice") in roles(site)
    assert post(admin, "/access/withdraw", kind="account", holder="bert", role="hr").status_code == 302
    assert ("bert", "hr", "a test") not in roles(site)
    with site.store.reading() as session:
        rows = session.scalars(sa.select(AuditRow).where(AuditRow.org_id == site.org_id))
        told = [(row.who, row.action, row.about) for row in rows]
    assert ("admin alice", "role granted", "it to account bert") in told
    assert ("admin alice", "role withdrawn", "hr from account bert") in told


def test_nobody_gives_a_role_to_themselves(site, admin):
    assert post(admin, "/access/grant", kind="account", holder="alice", role="hr").status_code == 403
    person_id = person_id_of(site.org_id, "7")
    with site.store.transaction() as session:
        session.add(PersonRow(org_id=site.org_id, person_id=person_id, employee_id="7", email="a@b.org"))
        account_called(session, site.org_id, "alice").person_id = person_id
    for holder in ("7", "A@b.org"):
        assert post(admin, "/access/grant", kind="person", holder=holder, role="hr").status_code == 403
    assert {role for _, role, _ in roles(site)} == {"admin"}
    assert post(admin, "/access/switch", account="alice", to="disabled").status_code == 403


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"kind": "account", "holder": "nobody", "role": "it"}, 422),
        ({"kind": "person", "holder": "nobody@example.org", "role": "it"}, 422),
        ({"kind": "account", "holder": "bert", "role": "employee"}, 400),
        ({"kind": "account", "holder": "bert", "role": "owner"}, 400),
        ({"kind": "device", "holder": "bert", "role": "it"}, 400),
        ({}, 400),
    ],
)
def test_a_role_for_nobody_is_none(site, admin, form, status):
    give_account(site, "bert", Role.HR)
    assert post(admin, "/access/grant", **form).status_code == status
    assert {account for account, role, _ in roles(site) if role != "hr"} == {"alice"}


def test_an_account_that_is_disabled_on_the_page_is_out(site, admin):
    path = give_account(site, "bert", Role.IT).removeprefix(site.url)
    assert post(admin, "/access/switch", account="bert", to="disabled").status_code == 302
    assert site.app.test_client().get(path).status_code == 410
    assert "disabled" in admin.get("/access").text
    assert post(admin, "/access/switch", account="bert", to="enabled").status_code == 302
    assert post(admin, "/access/switch", account="nobody", to="disabled").status_code == 400


def test_over_https_cookies_are_bound_to_the_host(tmp_path, sqlite_store, clock, serving):
    with sqlite_store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", clock().date()).org_id
    with serving(tmp_path, sqlite_store, clock, org_id, public_url="https://dex.example.org") as site:
        client = site.app.test_client()
        answer = client.get(site.link(Role.IT).removeprefix(site.url), base_url="https://dex.example.org")
        given = [cookie for cookie in answer.headers.getlist("Set-Cookie") if COOKIE in cookie]
        assert len(given) == 1
        name, *flags = (part.strip() for part in given[0].split(";"))
        assert name.startswith(f"__Host-{COOKIE}=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags)
        assert not [flag for flag in flags if flag.startswith("Domain")]
        page = client.get("/sign-in", base_url="https://dex.example.org")
        assert page.headers["Set-Cookie"].startswith("__Host-dex_form=")


@pytest.mark.parametrize("text", ["//a.org", "/\\a.org", "\\/a.org", "/a\tb", "/\n/a", "a", "", "/" * 1001])
def test_no_other_place_is_one_of_ours(text):
    assert local_path(text) == "/"


def test_a_place_of_ours_is_kept_whole():
    assert local_path("/groups/team/A%20+%20B?lang=de&x=1") == "/groups/team/A%20+%20B?lang=de&x=1"


def test_the_page_says_who_gave_a_role_in_words(site, admin):
    person_id = person_id_of(site.org_id, "7")
    with site.store.transaction() as session:
        session.add(PersonRow(org_id=site.org_id, person_id=person_id, employee_id="7", name="Emil"))
        for number, by in enumerate((f"admin {person_id}", "admin bert", "command line")):
            role = (Role.IT, Role.HR, Role.MODERATOR)[number]
            grant_role(session, site.org_id, Holder(account="alice"), role, site.today, by)
    page = admin.get("/access").text
    for words in ("administrator Emil (7)", "administrator bert", "at the command line of the server"):
        assert words in page
