"""Signing in through a provider: who comes in, as what, and for how long."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import openid_issuer
import pytest
import requests
import sqlalchemy as sa
from openid_issuer import CLIENT_ID, form_token, role_of, settings_for, through, way_back

from dashboards import create_app
from server.access.closing import close_access, reopen_access
from server.access.cookies import COOKIE
from server.access.grants import Holder, grant_role, withdraw_role
from server.access.models import PageSession, ProviderIdentityRow
from server.access.roles import Role
from server.config import Settings
from server.people.models import PersonRow
from server.scim.models import ScimGroupRow, ScimMemberRow


def test_a_group_of_the_provider_gives_its_role(visitor, issuer):
    issuer.person |= {"groups": ["everybody", "dex-it"], "preferred_username": "ina"}
    assert through(visitor).location == "/"
    assert role_of(visitor) == "it"
    assert issuer.last["code_challenge_method"] == "S256"
    assert issuer.last["scope"] == "openid profile email groups"


def test_an_unknown_person_without_a_mapped_group_is_refused(visitor, store, org, issuer):
    issuer.person |= {"groups": ["everybody"], "email": "x@example.org", "email_verified": True}
    answer = through(visitor)
    assert (answer.status_code, answer.json["type"]) == (403, "urn:employee-dex:problem:not-admitted")
    assert visitor.get_cookie(COOKIE) is None
    with store.reading() as session:
        for table in (PageSession, ProviderIdentityRow):
            assert session.scalars(sa.select(table).where(table.org_id == org.org_id)).all() == []


def test_a_known_person_is_an_employee_by_a_verified_address(visitor, org, issuer, employ):
    employ("7", email="Ina@Example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    through(visitor)
    assert role_of(visitor) == "employee"


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_that_is_not_verified_leads_to_nobody(visitor, org, issuer, verified, employ):
    employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": verified}
    assert through(visitor).status_code == 403


def test_an_address_that_two_people_have_leads_to_nobody(visitor, org, issuer, employ):
    employ("7", email="ina@example.org")
    employ("8", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    assert through(visitor).status_code == 403


def test_once_found_a_person_stays_the_same_when_addresses_change_hands(visitor, store, org, issuer, employ):
    first = employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    through(visitor)
    with store.transaction() as session:
        session.get_one(PersonRow, (org.org_id, first)).email = "old@example.org"
    employ("8", email="ina@example.org")
    through(visitor)
    with store.reading() as session:
        found = session.scalars(sa.select(PageSession.person_id).where(PageSession.org_id == org.org_id))
        assert set(found) == {first}


def test_who_manages_one_team_is_its_lead(visitor, org, issuer, employ):
    employ("7", email="ina@example.org", team="Management")
    employ("8", manager="7", team="Helpdesk")
    employ("9", manager="7", team="Helpdesk")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    through(visitor)
    assert role_of(visitor) == "lead"
    employ("10", manager="7", team="Networks")
    assert role_of(visitor) == "employee"


def test_a_leaver_is_out_at_the_next_request(visitor, store, org, issuer, clock, employ):
    person = employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True, "groups": ["dex-it"]}
    through(visitor)
    assert role_of(visitor) == "it"
    with store.transaction() as session:
        session.get_one(PersonRow, (org.org_id, person)).last_day = clock().date()
    assert role_of(visitor) == "it"
    with store.transaction() as session:
        session.get_one(PersonRow, (org.org_id, person)).last_day = clock().date() - timedelta(days=1)
    assert role_of(visitor) is None
    assert through(visitor).status_code == 403


def test_whom_the_directory_switches_off_is_out_at_the_next_request(
    visitor, store, org, issuer, clock, employ
):
    person = employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    through(visitor)
    with store.transaction() as session:
        close_access(session, org.org_id, person, clock().date())
    assert role_of(visitor) is None
    assert through(visitor).status_code == 403
    with store.transaction() as session:
        reopen_access(session, org.org_id, person)
    assert through(visitor).status_code == 302


def test_a_group_that_the_directory_knows_counts_as_it_is_now(visitor, org, issuer, directory_groups, employ):
    employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True, "groups": ["dex-it", "dex-hr"]}
    through(visitor)
    assert role_of(visitor) == "it"
    directory_groups["known"] = {"dex-it"}
    assert role_of(visitor) == "hr"
    directory_groups["member"] = {"dex-it"}
    assert role_of(visitor) == "it"


def test_an_issuer_that_is_not_set_up_any_more_lets_nobody_stay(visitor, pages, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    through(visitor)
    rules = pages.extensions["access_rules"]
    pages.extensions["access_rules"] = replace(rules, role_maps={})
    assert role_of(visitor) is None


def test_a_role_is_changed_to_another_that_is_held_only(visitor, issuer):
    issuer.person |= {"groups": ["dex-it", "dex-hr"]}
    through(visitor)
    assert role_of(visitor) == "it"
    token = form_token(visitor)
    assert visitor.post("/auth/role", data={"role": "hr", "csrf_token": token}).status_code == 302
    assert role_of(visitor) == "hr"
    assert visitor.post("/auth/role", data={"role": "admin", "csrf_token": token}).status_code == 400
    assert role_of(visitor) == "hr"


def test_what_the_id_token_lacks_is_taken_from_the_details_of_the_same_person(visitor, issuer):
    issuer.beside = {"groups": ["dex-hr"]}
    through(visitor)
    assert role_of(visitor) == "hr"
    issuer.beside = {"groups": ["dex-admins"], "sub": "somebody else"}
    assert through(visitor.application.test_client()).status_code == 403


def test_signing_out_ends_the_session_here_and_at_the_provider(visitor, issuer):
    issuer.person |= {"groups": ["dex-it"]}
    through(visitor)
    token = form_token(visitor)
    there = visitor.post("/auth/logout", data={"csrf_token": token}).location
    assert there == "/signed-out?provider="
    page = visitor.get(there)
    assert role_of(visitor) is None
    url = page.headers["Refresh"].removeprefix("0; url=")
    requests.get(url, allow_redirects=False, timeout=10)
    assert issuer.last["client_id"] == CLIENT_ID
    assert issuer.last["id_token_hint"].count(".") == 2
    assert visitor.get_cookie("dex_id_token", path="/signed-out") is None


def test_many_ways_that_were_begun_keep_the_cookie_small(visitor):
    for _ in range(12):
        visitor.get("/auth/oidc/login")
    assert len(visitor.get_cookie("dex_form").value) < 3000


def test_a_second_provider_has_its_own_way_back(visitor, issuer, tmp_path, store, clock):
    """A code of one provider is worth nothing on the way back of another."""
    with openid_issuer.running() as second:
        oidc = settings_for(issuer) | {
            "DEX_OIDC_OTHER_ISSUER": second.url,
            "DEX_OIDC_OTHER_CLIENT_ID": CLIENT_ID,
            "DEX_OIDC_OTHER_ROLE_MAP": '{"CN=dex,OU=hr": "hr"}',
            "DEX_OIDC_OTHER_LABEL": "The other one",
        }
        made = create_app(Settings(tmp_path, "", secret_key="only for tests", oidc=oidc), store, clock)
        browser = made.test_client()
        assert "Sign in with The other one" in browser.get("/sign-in").text
        second.person |= {"groups": ["CN=dex,OU=hr"]}
        issuer.person |= {"groups": ["CN=dex,OU=hr"]}
        assert through(browser, "/auth/oidc/other/login").location == "/"
        assert role_of(browser) == Role.HR.value
        crossed = way_back(browser, "/auth/oidc/other/login").replace("/other/", "/")
        assert browser.get(crossed).status_code == 403
        assert through(browser.application.test_client()).status_code == 403
        assert browser.get("/auth/oidc/unknown/login").status_code == 404
        made.extensions["writer"].close()


def test_a_role_that_was_given_to_the_person_counts_until_it_is_taken_away(
    visitor, store, org, issuer, employ, clock
):
    person = employ("7", email="ina@example.org")
    issuer.person |= {"email": "ina@example.org", "email_verified": True}
    through(visitor)
    assert role_of(visitor) == "employee"
    with store.transaction() as session:
        grant_role(
            session, org.org_id, Holder(person_id=person), Role.WORKS_COUNCIL, clock().date(), "a test"
        )
    assert role_of(visitor) == "works-council"
    with store.transaction() as session:
        withdraw_role(session, org.org_id, Holder(person_id=person), Role.WORKS_COUNCIL)
    assert role_of(visitor) == "employee"


def test_the_employee_id_leads_to_the_person_where_the_provider_tells_it(
    tmp_path, store, clock, org, issuer, employ
):
    employ("7", email="ina@example.org")
    oidc = settings_for(issuer) | {"DEX_OIDC_PERSON_CLAIM": "oid"}
    made = create_app(Settings(tmp_path, "", secret_key="only for tests", oidc=oidc), store, clock)
    issuer.person |= {"email": "ina@example.org", "email_verified": True, "oid": "8"}
    assert through(made.test_client()).status_code == 403, "the address counts no more"
    issuer.person |= {"oid": "7"}
    browser = made.test_client()
    through(browser)
    assert role_of(browser) == "employee"
    made.extensions["writer"].close()


@pytest.mark.parametrize("mapped", ["dex-it", "0b5c-object-id"])
def test_groups_of_the_directory_count_as_scim_has_them(tmp_path, store, clock, org, issuer, employ, mapped):
    person = employ("7", email="ina@example.org")
    oidc = settings_for(issuer) | {"DEX_OIDC_ROLE_MAP": f"{mapped}=it,dex-hr=hr"}
    made = create_app(Settings(tmp_path, "", secret_key="only for tests", oidc=oidc), store, clock)
    issuer.person |= {"email": "ina@example.org", "email_verified": True, "groups": [mapped, "dex-hr"]}
    browser, today, group_id = made.test_client(), clock().date(), uuid4()
    through(browser)
    assert role_of(browser) == "it"
    with store.transaction() as session:
        group = ScimGroupRow(org_id=org.org_id, group_id=group_id, name="dex-it", document={}, version="1")
        group.external_id, group.created_on, group.changed_on = "0b5c-object-id", today, today
        session.add(group)
    assert role_of(browser) == "hr", "the directory knows the group, and nobody is in it"
    with store.transaction() as session:
        session.add(ScimMemberRow(org_id=org.org_id, group_id=group_id, person_id=person))
    assert role_of(browser) == "it"
    made.extensions["writer"].close()


def test_a_provider_of_an_organisation_that_is_not_there_lets_nobody_in(tmp_path, store, clock, org, issuer):
    oidc = settings_for(issuer) | {"DEX_OIDC_ORG": "elsewhere"}
    made = create_app(Settings(tmp_path, "", secret_key="only for tests", oidc=oidc), store, clock)
    issuer.person |= {"groups": ["dex-admins"]}
    assert through(made.test_client()).status_code == 403
    made.extensions["writer"].close()
