"""My data, a look at one laptop, requests and the audit log in a real browser."""

from datetime import timedelta
from typing import Any

import company
import pytest

from server.access.roles import Role
from server.devices.store import keep_facts
from server.people.models import Organisation, PersonRow
from server.people.store import person_id_of


@pytest.fixture
def owner(site) -> dict[str, Any]:
    """Somebody with a laptop that has trouble."""
    first = site.today - timedelta(days=20)
    with site.store.transaction() as session:
        org = session.get_one(Organisation, site.org_id)
        placed = {"person": "e-17", "unit": "Sales", "team": "North", "from": "2025-01-06"}
        company.bring_in_people(session, org, [{"person": "e-17"}], [placed])
        person_id = person_id_of(site.org_id, "e-17")
        session.get_one(PersonRow, (site.org_id, person_id)).name = "Ngozi Okafor-Lindqvist"
        company.enrol(session, site.org_id, "pc", "e-17", first, first)
        laptop = company.device_id_of(site.org_id, "pc")
        facts = {"serial": "PF2ABC12", "maker": "Lenovo", "model": "ThinkPad T14", "os": "linux", "cores": 8}
        keep_facts(session, site.org_id, laptop, first, facts)
    days = [company.good_day("pc", first + timedelta(days=n), app_crashes=n % 3) for n in range(12)]
    company.send_days(site.store, site.org_id, days)
    return {"person_id": person_id}


def test_a_look_from_the_question_to_its_end(site, look, owner) -> None:
    """IT asks, the owner allows, IT looks, the owner ends it; both read what the other did."""
    at_it, at_owner = look(), look()
    support = at_it.open(site.link(Role.IT))
    support.goto(f"{site.url}/support")
    support.get_by_label("Serial number or asset tag").fill("PF2ABC12")
    support.get_by_label("Ticket").fill("INC-4711")
    support.get_by_label("Reason, as its person will read it").fill("Applications crash since Tuesday")
    support.get_by_role("button", name="Ask for a look").click()
    assert support.get_by_text("waits for an answer").is_visible()
    assert support.get_by_role("button", name="Look", exact=True).count() == 0
    at_it.check(site)

    mine = at_owner.open(site.link(**owner))
    mine.goto(f"{site.url}/me/data")
    assert mine.get_by_text("Applications crash since Tuesday").is_visible()
    at_owner.check(site)
    mine.get_by_role("button", name="Allow").click()
    assert mine.get_by_text("may begin").is_visible()

    support.reload()
    support.get_by_role("button", name="Look", exact=True).click()
    assert support.get_by_role("heading", name="Laptop PF2ABC12").is_visible()
    assert "Ngozi" not in support.content()
    at_it.check(site)

    mine.reload()
    mine.get_by_role("button", name="End it").click()
    assert mine.get_by_text("over", exact=True).is_visible()
    support.get_by_role("link", name="Back to your looks").click()
    assert support.get_by_role("button", name="Look", exact=True).count() == 0


def test_a_request_is_decided_and_its_receipt_shown(site, look, owner) -> None:
    at_owner, at_officer = look(), look()
    mine = at_owner.open(site.link(**owner))
    mine.goto(f"{site.url}/me/data")
    mine.get_by_role("button", name="Erase my data").click()
    assert mine.get_by_text("waits for the privacy officer").is_visible()
    with mine.expect_download() as kept:
        mine.get_by_role("button", name="As a page to read").click()
    assert kept.value.suggested_filename == f"my-data-{site.today}-receipt-2.html"

    officer = at_officer.open(site.link(Role.PRIVACY_OFFICER))
    officer.goto(f"{site.url}/requests")
    assert officer.get_by_text("Ngozi Okafor-Lindqvist").is_visible()
    at_officer.check(site)
    officer.get_by_label("I have checked who asks and what it means").check()
    officer.get_by_role("button", name="Carry it out").click()
    assert officer.get_by_text("Its fingerprint:").is_visible()
    at_officer.check(site)
    officer.goto(f"{site.url}/audit")
    assert officer.get_by_text("The data of a person were erased").is_visible()
    assert "Ngozi" not in officer.content()
    at_officer.check(site)
    assert mine.goto(f"{site.url}/me/data").status == 401


def test_what_is_handed_out_is_a_page_by_itself(site, look, owner, tmp_path) -> None:
    """Without the server, without scripts, and in the reader's language."""
    given = site.signed_in(**owner).get("/me/data").text
    assert "As data for a program (JSON)" in given
    at_owner = look(accept_downloads=True)
    mine = at_owner.open(site.link(**owner))
    mine.goto(f"{site.url}/me/data")
    with mine.expect_download() as kept:
        mine.get_by_role("button", name="As a page to read").click()
    kept.value.save_as(tmp_path / "mine.html")
    page = at_owner.open((tmp_path / "mine.html").as_uri())
    assert page.get_by_role("heading", name="What your laptops told, day by day").is_visible()
    assert page.get_by_text("PF2ABC12").first.is_visible()
    assert [url for url in at_owner.requested if url.startswith("file:")] == [page.url]
