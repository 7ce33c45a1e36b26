"""What an attacker with IT's sign-in gets from the support view, and what nobody gets."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import company
import pytest
from conftest import SettableClock
from flask.testing import FlaskClient

from server.access import audit
from server.access.audit_chain import entries
from server.access.roles import Grant, Role
from server.db import Store
from server.devices.store import keep_facts
from server.people.models import Organisation, PersonRow
from server.people.store import person_id_of
from server.rights.looks import OPEN_AT_ONCE, Consent, set_consent

TODAY = date(2026, 3, 4)
PEOPLE = [f"worker-{number}" for number in range(12)]

Enter = Callable[[Grant], FlaskClient]


@pytest.fixture
def fleet(store: Store, org: Organisation) -> list[UUID]:
    """Twelve laptops with a serial number each, a name in the network that tells, and days in use."""
    placed = [{"person": name, "unit": "Sales", "team": "North", "from": "2025-01-06"} for name in PEOPLE]
    since = TODAY - timedelta(days=40)
    with store.transaction() as session:
        company.bring_in_people(session, org, [{"person": name} for name in PEOPLE], placed)
        for number, name in enumerate(PEOPLE):
            company.enrol(session, org.org_id, name, name, since, since)
            facts = {"serial": f"PF-{number:02}", "hostname": f"pc-of-{name}", "model": "T14"}
            keep_facts(session, org.org_id, company.device_id_of(org.org_id, name), since, facts)
            person = session.get_one(PersonRow, (org.org_id, person_id_of(org.org_id, name)))
            person.name = f"Name of {name}"
        set_consent(session, org.org_id, Consent.INFORM)
    days = [TODAY - timedelta(days=back) for back in range(1, 21)]
    company.send_days(store, org.org_id, [company.good_day(name, day) for name in PEOPLE[:2] for day in days])
    return [company.device_id_of(org.org_id, name) for name in PEOPLE]


@pytest.fixture
def it(signed_in: Enter, org: Organisation) -> FlaskClient:
    return signed_in(Grant(org.org_id, Role.IT))


def ask(client: FlaskClient, serial: str, **form: str) -> int:
    given = {"serial": serial, "reason": "starts take minutes", "ticket": "INC-1", **form}
    return client.post("/support", data=given).status_code


def look_at(client: FlaskClient, serial: str) -> str:
    assert ask(client, serial) == 302
    page = client.get("/support").text
    row = page[page.index(serial) :]
    address = re.search(r'action="(/support/[^"?]+)', row)
    assert address is not None
    answer = client.post(address[1])
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_look_shows_trouble_and_nothing_of_its_person(
    it: FlaskClient, fleet: list[UUID], org: Organisation
) -> None:
    shown = look_at(it, "PF-00")
    for said in ("Name of", "worker-0", "pc-of", "North", "Sales", str(person_id_of(org.org_id, PEOPLE[0]))):
        assert said not in shown, said
    body = shown[shown.index("<main") :]
    assert re.findall(r"\d{4}-\d\d-\d\d|\d\d:\d\d", body) == [], "a day or a time"
    for month in ("February", "March", "Feb", "Mar "):
        assert month not in body
    for word in ("score", "Score", "In use", "hours"):
        assert word not in body


def test_two_laptops_with_the_same_trouble_are_shown_alike_whenever_they_were_in_use(
    it: FlaskClient, fleet: list[UUID], store: Store, org: Organisation
) -> None:
    """The second one has two days less."""
    shown = [look_at(it, serial) for serial in ("PF-00", "PF-01")]
    plain = [re.sub(r'(PF-0\d|value="[^"]*"|/support/[^"]*)', "", page) for page in shown]
    assert plain[0] == plain[1]


def test_nobody_walks_through_the_fleet(it: FlaskClient, fleet: list[UUID]) -> None:
    """No part of a number finds a laptop, no page lists one, and few looks go on at a time."""
    empty = it.get("/support").text
    assert "PF-" not in empty
    for part in ("", " ", "PF", "PF-", "PF-0%", "%", "_____", "worker-0", "pc-of-worker-0", str(fleet[0])):
        assert ask(it, part) == 404, part
    answers = [ask(it, f"PF-{number:02}") for number in range(len(fleet))]
    assert answers.count(302) == OPEN_AT_ONCE
    assert set(answers) == {302, 409}


def test_nothing_is_shown_that_is_not_written_down_first(
    it: FlaskClient, fleet: list[UUID], store: Store, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(it, "PF-00")
    with store.reading() as session:
        written = [(row.action, row.about, row.reason) for row in entries(session, org.org_id)]
    about = (f"laptop {fleet[0]}", "INC-1: starts take minutes")
    assert written == [("laptop look asked", *about), ("laptop looked at", *about)]
    address = re.search(r'action="(/support/[^"?]+)', it.get("/support").text.split("PF-00")[1])

    def full(*_: object) -> str:
        raise OSError("no room")

    monkeypatch.setattr(audit, "digest_of_entry", full)
    monkeypatch.setitem(it.application.config, "TESTING", False)
    monkeypatch.setitem(it.application.config, "PROPAGATE_EXCEPTIONS", False)
    refused = it.post(address[1])
    assert refused.status_code == 500
    assert "T14" not in refused.text


def test_only_it_looks_and_only_whose_laptop_it_is_answers(
    signed_in: Enter, fleet: list[UUID], store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        set_consent(session, org.org_id, Consent.ASK)
    it = signed_in(Grant(org.org_id, Role.IT, person_id_of(org.org_id, PEOPLE[5])))
    assert ask(it, "PF-00") == 302
    (look_id,) = set(re.findall(rf"/support/{fleet[0]}/([0-9a-f-]{{36}})", it.get("/support").text))
    address = f"/support/{fleet[0]}/{look_id}"
    assert it.post(address).status_code == 403, "nobody has allowed it"
    for role in set(Role) - {Role.IT, Role.AUDITOR}:
        other = signed_in(Grant(org.org_id, role, person_id_of(org.org_id, PEOPLE[3])))
        assert other.get("/support").status_code == 403
        assert other.post(address).status_code == 403
        assert other.post(f"/me/data/looks/{fleet[0]}/{look_id}", data={"answer": "allow"}).status_code == 404
    assert it.post(f"/me/data/looks/{fleet[0]}/{look_id}", data={"answer": "allow"}).status_code == 404
    owner = signed_in(Grant(org.org_id, Role.EMPLOYEE, person_id_of(org.org_id, PEOPLE[0])))
    asked = owner.get("/me/data").text
    assert "starts take minutes" in asked
    assert f"Name of {PEOPLE[5]}" in asked, "who looks has a name"
    assert owner.post(f"/me/data/looks/{fleet[0]}/{look_id}", data={"answer": "allow"}).status_code == 302
    assert it.post(address).status_code == 200
    colleague = signed_in(Grant(org.org_id, Role.IT, person_id_of(org.org_id, PEOPLE[6])))
    assert colleague.post(address).status_code == 404
    assert owner.post(f"/me/data/looks/{fleet[0]}/{look_id}", data={"answer": "end"}).status_code == 302
    assert it.post(address).status_code == 403
    assert it.post(f"/support/{fleet[0]}/{uuid4()}").status_code == 404


def test_a_look_ends_by_itself_after_a_day(it: FlaskClient, fleet: list[UUID], clock: SettableClock) -> None:
    look_at(it, "PF-00")
    address = re.search(r'action="(/support/[^"?]+)', it.get("/support").text.split("PF-00")[1])
    clock.advance(hours=25)
    assert it.post(address[1]).status_code == 403


def test_my_laptop_says_that_a_look_is_asked_for(
    signed_in: Enter, fleet: list[UUID], store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        set_consent(session, org.org_id, Consent.ASK)
    owner = signed_in(Grant(org.org_id, Role.EMPLOYEE, person_id_of(org.org_id, PEOPLE[0])))
    assert "IT asks to look" not in owner.get("/me").text
    assert ask(signed_in(Grant(org.org_id, Role.IT)), "PF-00") == 302
    assert "IT asks to look" in owner.get("/me").text
