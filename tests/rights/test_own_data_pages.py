"""My data, requests and the audit log as people meet them."""

import json
import re
from collections.abc import Callable
from datetime import date

import company
import pytest
from flask.testing import FlaskClient

from server.access.audit import record
from server.access.audit_chain import entries
from server.access.roles import Grant, Role
from server.db import Store
from server.outbox.notices import add
from server.outbox.store import listed
from server.own_data.export import export
from server.own_data.holdings import person_subject
from server.people.models import Organisation, PersonRow
from server.people.store import person_id_of
from server.rights.models import ReceiptRow
from server.rights.restricted import restricted_people

TODAY = date(2026, 3, 4)
Enter = Callable[[Grant], FlaskClient]


@pytest.fixture
def ada(store: Store, org: Organisation, signed_in: Enter) -> FlaskClient:
    with store.transaction() as session:
        company.bring_in_people(
            session,
            org,
            [{"person": "ada"}],
            [{"person": "ada", "unit": "Sales", "team": "North", "from": "2025-01-06"}],
        )
        company.enrol(session, org.org_id, "pc", "ada", TODAY, TODAY)
    return signed_in(Grant(org.org_id, Role.EMPLOYEE, person_id_of(org.org_id, "ada")))


@pytest.fixture
def officer(signed_in: Enter, org: Organisation) -> FlaskClient:
    return signed_in(Grant(org.org_id, Role.PRIVACY_OFFICER))


def test_somebody_takes_their_own_data_at_once(ada: FlaskClient, store: Store, org: Organisation) -> None:
    with store.reading() as session:
        expected = export(
            session, person_subject(session, org.org_id, person_id_of(org.org_id, "ada")), TODAY
        )
    data = ada.post("/me/data/export.json")
    assert data.headers["Content-Disposition"] == 'attachment; filename="my-data-2026-03-04-receipt-1.json"'
    assert json.loads(data.data)["tables"]["person"][0]["employee_id"] == "ada"
    assert set(json.loads(data.data)["tables"]) >= set(expected.tables)
    page = ada.post("/me/data/export.html?lang=de")
    assert "<h1>" in page.text
    assert "ada" in page.text
    assert ada.post("/me/data/export.exe").status_code == 404
    assert ada.get("/me/data/export.json").status_code == 405


def test_an_erasure_is_asked_for_decided_and_done(
    ada: FlaskClient, officer: FlaskClient, store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        add(session, org.org_id, "privacy@example.org", ["requests"], "en")
    assert ada.post("/me/data/requests", data={"kind": "erasure"}).status_code == 302
    with store.reading() as session:
        (waiting,) = listed(session, org.org_id)
    assert (waiting.recipient, waiting.content["path"]) == ("privacy@example.org", "/requests")
    assert "ada" not in str(waiting.content)
    assert ada.post("/me/data/requests", data={"kind": "erasure"}).status_code == 409
    assert ada.post("/me/data/requests", data={"kind": "a pony"}).status_code == 400
    page = officer.get("/requests").text
    assert "ada" in page
    (address,) = re.findall(r'action="(/requests/[^"?]+/carry-out)', page)
    assert officer.post(address).status_code == 422
    done = officer.post(address, data={"sure": "yes"})
    assert done.status_code == 200
    assert "stay as they are" in done.text
    assert "ada" not in done.text.split("<main")[1]
    with store.reading() as session:
        assert session.get(PersonRow, (org.org_id, person_id_of(org.org_id, "ada"))) is None
        (receipt,) = session.query(ReceiptRow).filter(ReceiptRow.org_id == org.org_id)
        written = [(row.who, row.about, row.reason) for row in entries(session, org.org_id)]
    assert str(person_id_of(org.org_id, "ada")) not in str(written)
    assert receipt.digest in done.text
    assert receipt.counts["session"] >= 1
    assert ada.get("/me/data").status_code == 401, "whoever is erased is signed out"
    assert officer.post(address, data={"sure": "yes"}).status_code == 404


def test_a_restriction_is_asked_for_refused_asked_again_and_ended(
    ada: FlaskClient, officer: FlaskClient, store: Store, org: Organisation
) -> None:
    ada.post("/me/data/requests", data={"kind": "restriction"})
    (no,) = re.findall(r'action="(/requests/[^"?]+/refuse)', officer.get("/requests").text)
    assert officer.post(no, data={"answer": " "}).status_code == 422
    officer.post(no, data={"answer": "Not without a letter"})
    assert "Not without a letter" in ada.get("/me/data").text
    ada.post("/me/data/requests", data={"kind": "restriction"})
    (yes,) = re.findall(r'action="(/requests/[^"?]+/carry-out)', officer.get("/requests").text)
    assert officer.post(yes, data={"sure": "yes"}).status_code == 200
    with store.reading() as session:
        assert restricted_people(session, org.org_id) == {person_id_of(org.org_id, "ada")}
    page = ada.get("/me/data").text
    assert 'value="use"' in page
    assert 'value="restriction"' not in page
    ada.post("/me/data/requests", data={"kind": "use"})
    (yes,) = re.findall(r'action="(/requests/[^"?]+/carry-out)', officer.get("/requests").text)
    officer.post(yes, data={"sure": "yes"})
    with store.reading() as session:
        assert restricted_people(session, org.org_id) == frozenset()


def test_a_request_can_be_taken_back_by_whoever_asked(
    ada: FlaskClient, officer: FlaskClient, signed_in: Enter, org: Organisation
) -> None:
    ada.post("/me/data/requests", data={"kind": "erasure"})
    (address,) = re.findall(r'action="(/me/data/requests/[^"?]+/withdraw)', ada.get("/me/data").text)
    other = signed_in(Grant(org.org_id, Role.EMPLOYEE, person_id_of(org.org_id, "bo")))
    assert other.post(address).status_code in (401, 404)
    assert ada.post(address).status_code == 302
    assert re.findall(r'action="(/requests/[^"?]+/carry-out)', officer.get("/requests").text) == []


def test_who_is_signed_in_for_a_laptop_alone_asks_for_nothing_in_a_person_s_name(
    ada: FlaskClient, signed_in: Enter, org: Organisation
) -> None:
    laptop = signed_in(Grant(org.org_id, Role.EMPLOYEE, device_id=company.device_id_of(org.org_id, "pc")))
    assert laptop.get("/me/data").status_code == 200
    assert laptop.post("/me/data/requests", data={"kind": "erasure"}).status_code == 400
    tables = json.loads(laptop.post("/me/data/export.json").data)["tables"]
    assert "person" not in tables
    assert "device" in tables


def test_the_log_is_read_by_the_council_and_the_officer_in_plain_sentences(
    officer: FlaskClient, signed_in: Enter, store: Store, org: Organisation
) -> None:
    assert "Nothing has been written down yet" in officer.get("/audit").text
    person = person_id_of(org.org_id, "ada")
    with store.transaction() as session:
        for _ in range(101):
            record(session, org.org_id, TODAY, "it bo", "laptop looked at", "laptop 7", "INC-1: <b>slow</b>")
        record(session, org.org_id, TODAY, f"employee {person}", "own data exported", f"person {person}")
    council = signed_in(Grant(org.org_id, Role.WORKS_COUNCIL))
    page = council.get("/audit").text
    assert "A laptop was looked at" in page
    assert "&lt;b&gt;slow" in page
    assert str(person) not in page, "the council need not know which employee it was"
    assert "102:" in page
    older = council.get("/audit?before=3").text
    assert older.count("A laptop was looked at") == 2
    for role in set(Role) - {Role.WORKS_COUNCIL, Role.PRIVACY_OFFICER, Role.AUDITOR}:
        assert signed_in(Grant(org.org_id, role, person)).get("/audit").status_code in (401, 403)


def test_programs_read_the_log_from_a_number_on(
    officer: FlaskClient, signed_in: Enter, store: Store, org: Organisation
) -> None:
    with store.transaction() as session:
        for _ in range(3):
            record(session, org.org_id, TODAY, "it bo", "policy changed", "services")
    whole = officer.get("/api/v1/audit").json
    assert [entry["number"] for entry in whole["entries"]] == [1, 2, 3]
    assert whole["end"] == {"number": 3, "digest": whole["entries"][-1]["digest"]}
    assert [entry["number"] for entry in officer.get("/api/v1/audit?after=2").json["entries"]] == [3]
    for wrong in ("-1", "x", "9" * 20):
        assert officer.get(f"/api/v1/audit?after={wrong}").status_code == 400
    assert signed_in(Grant(org.org_id, Role.HR)).get("/api/v1/audit").status_code == 403
