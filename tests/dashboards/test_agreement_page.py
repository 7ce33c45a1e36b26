"""The next agreement: read by those who sign it, in plain language, before they do."""

import hashlib
import json

import pytest
from countersigner import COUNCIL, modulus_of, signature

from server.access.roles import Role
from server.agreement.store import put_in_force, register_key
from server.policy.entries import service
from server.policy.store import add_service

READERS = {Role.WORKS_COUNCIL, Role.PRIVACY_OFFICER}


@pytest.fixture
def client(site):
    return site.signed_in(Role.WORKS_COUNCIL)


def sign(site, document: dict) -> None:
    with site.store.transaction() as session:
        register_key(session, site.org_id, modulus_of(COUNCIL), site.today)
        put_in_force(session, site.org_id, document, signature(document), site.today)


def test_those_who_sign_it_open_it_and_nobody_else(site):
    for role in Role:
        answer = site.signed_in(role).get("/agreement/next", headers={"Accept": "text/html"})
        assert answer.status_code == (200 if role in READERS else 403), role
        code = site.signed_in(role).get("/agreement/next.json").status_code
        assert code == (200 if role in READERS else 403), role


def test_it_says_what_would_change_and_the_document_is_the_one_that_is_signed(site, client):
    with site.store.transaction() as session:
        add_service(session, site.org_id, service("Intranet", "https://intranet.example.org/health"))
    page = client.get("/agreement/next").text
    assert "tries the service Intranet (https://intranet.example.org/health)" in page
    draft = client.get("/agreement/next.json").data
    assert hashlib.sha256(draft).hexdigest() in page
    sign(site, json.loads(draft))
    after = client.get("/agreement/next").text
    assert "Edition 1 is in force since" in after
    assert "The next edition would change nothing." in after


def test_a_fault_rule_that_was_taken_out_is_proposed_again_with_its_numbers(site, client):
    document = json.loads(client.get("/agreement/next.json").data)
    del document["faults"]["full-disk"]
    sign(site, document)
    page = client.get("/agreement/next").text
    assert "Less than 5 percent of the system disk is free." in page
    assert page.count("percent of its first capacity") == 0


@pytest.mark.parametrize("language", ["ar", "de", "es", "fa", "fr", "ru", "tr"])
def test_changes_are_said_in_the_readers_language(site, client, language):
    document = json.loads(client.get("/agreement/next.json").data)
    sign(site, document | {"faults": {}, "summary": {"revision": []}, "roles": {}, "keep": {}})
    page = client.get(f"/agreement/next?lang={language}").text
    for english in (
        "tells IT",
        "percent of",
        "and a newer version",
        "sends of each day",
        "the role ",
        "keeps for",
        "More than now",
    ):
        assert english not in page
    assert "{" not in page.partition("<main")[2].partition("</main")[0]


def test_it_reads_well_and_is_reachable(site, look):
    seen = look()
    page = seen.open(site.link(Role.WORKS_COUNCIL))
    page.get_by_role("link", name="The next agreement").first.click()
    assert page.locator("h1").inner_text() == "The next agreement, before it is signed"
    seen.check(site)
