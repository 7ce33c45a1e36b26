"""The page of tasks for IT, in a real browser."""

from datetime import timedelta

import company
import pytest

from server.access.roles import Role
from server.devices.store import keep_facts
from server.lifecycle.tasks import tasks_of
from server.people.models import Organisation, PersonRow
from server.people.store import person_id_of


@pytest.fixture
def people(site) -> None:
    """Somebody who left two days ago, and somebody who begins in five."""
    began, today = site.today - timedelta(days=400), site.today
    people = [
        {"person": "leaver", "hire": began, "last_day": today - timedelta(days=2)},
        {"person": "joiner", "hire": today + timedelta(days=5)},
    ]
    places = [{"person": p["person"], "from": p["hire"], "unit": "U", "team": "T"} for p in people]
    with site.store.transaction() as session:
        org = session.get_one(Organisation, site.org_id)
        company.bring_in_people(session, org, people, places)
        for name, called in (("leaver", "Ngozi Okafor-Lindqvist"), ("joiner", "Kemal Aydın")):
            session.get_one(PersonRow, (site.org_id, person_id_of(site.org_id, name))).name = called
        company.enrol(session, site.org_id, "pc", "leaver", began, began)
        laptop = company.device_id_of(site.org_id, "pc")
        facts = {"serial": "PF2ABC12", "maker": "Lenovo", "model": "ThinkPad T14", "os": "linux"}
        keep_facts(session, site.org_id, laptop, began, facts)


@pytest.mark.usefixtures("people")
def test_it_marks_a_task_as_done(site, look) -> None:
    seen = look()
    page = seen.open(site.link(Role.IT))
    page.goto(f"{site.url}/tasks")
    assert page.get_by_text("3 tasks are open.").is_visible()
    assert page.get_by_text("PF2ABC12").first.is_visible()
    seen.check(site)
    page.get_by_role("button", name="Done Ngozi Okafor-Lindqvist PF2ABC12").click()
    assert page.get_by_text("2 tasks are open.").is_visible()
    with site.store.reading() as session:
        assert [task.kind for task in tasks_of(session, site.org_id, site.today)] == ["prepare", "close"]


@pytest.mark.usefixtures("people")
def test_a_task_that_another_marked_is_no_fault(site) -> None:
    client = site.signed_in(Role.IT)
    with site.store.reading() as session:
        [task] = [one for one in tasks_of(session, site.org_id, site.today) if one.kind == "close"]
    page = client.get("/tasks").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "kind": "close", "person": str(task.person_id), "about": task.about}
    assert [client.post("/tasks", data=form).status_code for _ in range(2)] == [302, 302]
    assert client.post("/tasks", data=form | {"person": "nobody"}).status_code == 400
