"""The pages in a real browser: what they say, and that nobody is kept out of them."""

import gzip
import json
from datetime import timedelta

import laptop_days
import pytest

from server.access.roles import Role
from server.devices.store import assign


@pytest.fixture
def laptop(site):
    """A laptop with ten days of use, one of them superseded, and events of today."""
    enrolled = site.enrol()
    for back in range(1, 11):
        day = site.today - timedelta(days=back)
        quiet = {"pressure_min": 2.0, "app_crashes": 0} if back % 2 else {}
        site.deliver(enrolled, laptop_days.batch(day, summary=laptop_days.summary(**quiet)))
    yesterday = site.today - timedelta(days=1)
    later = laptop_days.summary(2, app_hangs=None) | {"app_crashes": 3}
    del later["app_hangs"]
    site.deliver(enrolled, laptop_days.batch(yesterday, summary=later))
    site.deliver(
        enrolled,
        laptop_days.batch(
            site.today,
            events=[laptop_days.crash(), laptop_days.crash("other", hour=10)],
            facts={"os": "linux"},
        ),
    )
    return enrolled


def test_my_laptop_is_open_to_everybody(site, laptop, look):
    seen = look()
    page = seen.open(site.link(device_id=laptop.device_id))
    assert page.url == f"{site.url}/me"
    seen.check(site)


@pytest.mark.parametrize("language", ["de", "fa"])
def test_my_laptop_in_other_languages_and_directions(site, laptop, look, language):
    seen = look()
    page = seen.open(site.link(device_id=laptop.device_id) + f"?lang={language}")
    assert page.url == f"{site.url}/me?lang={language}"
    assert page.locator("html").get_attribute("dir") == ("ltr" if language == "de" else "rtl")
    seen.check(site)


def test_a_sentence_says_what_the_laptop_took(site, laptop, look):
    page = look().open(site.link(device_id=laptop.device_id))
    sentence = page.locator("p.sentence").inner_text()
    assert sentence.startswith("On the last 10 days of use your laptop took 2 hours")
    assert "was lost to slowness" in sentence


def test_what_cannot_be_seen_comes_with_the_command_that_changes_it(site, laptop, look):
    page = look().open(site.link(device_id=laptop.device_id))
    said = page.locator("dt:has-text('Stops of the system') + dd").inner_text()
    assert said.startswith("not permitted.")
    assert "sudo usermod --append --groups systemd-journal" in said
    days = page.get_by_role("region", name="The newest days")
    assert "not known" in days.locator("tbody tr").first.inner_text()


def test_the_command_is_one_of_the_laptops_own_system(site, laptop, look):
    site.deliver(laptop, laptop_days.batch(site.today, facts={"os": "windows"}))
    page = look().open(site.link(device_id=laptop.device_id))
    said = page.locator("dt:has-text('Stops of the system') + dd").inner_text()
    assert "may not read the event log of Windows" in said
    assert "powershell Add-LocalGroupMember" in said
    assert "systemd-journal" not in page.content()


def test_an_event_of_today_is_there_and_an_unlisted_name_is_not(site, laptop, look):
    page = look().open(site.link(device_id=laptop.device_id))
    rows = page.locator("#events + .table tbody tr").all_inner_texts()
    assert "10 to 11 h" in rows[0]
    assert "its name stays on the laptop" in rows[0]
    assert "Firefox" in rows[1]


def test_every_delivery_opens_in_words_and_in_bytes(site, laptop, look):
    seen = look()
    page = seen.open(site.link(device_id=laptop.device_id))
    assert page.get_by_role("region", name="deliveries").locator("tbody tr").count() == 10
    page.get_by_text("2 earlier deliveries").click()
    assert page.get_by_role("region", name="deliveries").locator("tbody tr").count() == 12
    page.get_by_role("link", name="2 events").click()
    assert "SIGSEGV" in page.locator("dl.pairs").nth(1).inner_text()
    assert '"kind": "crash"' in page.locator("pre").inner_text()
    seen.check(site)


def test_the_bytes_are_exactly_those_that_were_sent(site, look):
    enrolled = site.enrol()
    sent = laptop_days.batch(site.today, events=[laptop_days.crash()])
    site.deliver(enrolled, sent)
    page = look().open(site.link(device_id=enrolled.device_id))
    page.get_by_role("link", name="1 event").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Keep the compressed bytes").click()
    kept = json.loads(gzip.decompress(download.value.path().read_bytes()))
    assert kept == sent | {"install_id": str(enrolled.install_id)}


def test_a_delivery_that_came_uncompressed_opens_too(site):
    enrolled = site.enrol()
    sent = laptop_days.batch(site.today, events=[laptop_days.crash()]) | {
        "install_id": str(enrolled.install_id)
    }
    answer = site.app.test_client().post("/api/v1/batches", json=sent, headers=enrolled.headers)
    assert answer.status_code == 200
    person = site.signed_in(device_id=enrolled.device_id)
    path = f"/me/batches/{sent['day']}/{sent['batch_id']}"
    assert "SIGSEGV" in person.get(path).text
    assert person.get(f"{path}/body").json == sent


def test_a_laptop_that_has_sent_nothing(site, look):
    enrolled = site.enrol()
    seen = look()
    page = seen.open(site.link(device_id=enrolled.device_id))
    assert "nothing about your days has left it yet" in page.locator("p.sentence").inner_text()
    assert "dex-agent show --page" in page.locator("pre").first.inner_text()
    seen.check(site)


def test_a_person_without_a_laptop(site, look):
    seen = look()
    page = seen.open(site.link(device_id=None, person_id=site.org_id))
    assert "No laptop is known as yours" in page.locator("p.sentence").inner_text()
    seen.check(site)


def test_nobody_sees_the_laptop_of_another(site, laptop):
    other = site.enrol()
    mine = site.signed_in(device_id=laptop.device_id)
    theirs = site.signed_in(device_id=other.device_id)
    path = f"/me/batches/{site.today}/"
    batch = mine.get("/me").text.split(path)[1][:36]
    assert mine.get(path + batch).status_code == 200
    assert mine.get(path + batch + "/body").status_code == 200
    assert theirs.get(path + batch).status_code == 404
    assert theirs.get(path + batch + "/body").status_code == 404
    assert "Firefox" not in theirs.get(f"/me?laptop={laptop.device_id}").text


def test_a_person_sees_a_laptop_only_on_the_days_it_was_theirs(site, laptop):
    ada, ben = site.enrol().device_id, site.enrol().device_id  # any ids will do for two persons
    handed_on = site.today - timedelta(days=5)
    with site.store.transaction() as session:
        assign(session, site.org_id, laptop.device_id, ada, site.today - timedelta(days=30))
        assign(session, site.org_id, laptop.device_id, ben, handed_on)

    def days_of(person) -> int:
        return site.signed_in(person_id=person).get("/me").text.count("/me/batches/")

    assert days_of(ada) == 5
    assert days_of(ben) == 7


def test_the_way_in_and_out(site, laptop, look):
    seen = look()
    page = seen.open(site.url)
    assert "dex-server login-link employee" in page.locator("main").inner_text()
    seen.check(site)
    link = site.link(device_id=laptop.device_id)
    seen.open(link)
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    seen.complaints.clear()
    seen.open(link)
    assert page.get_by_role("heading", level=1).inner_text() == "This sign-in link does not work any more"
    seen.complaints.clear()  # the browser itself notes the status 410
    seen.check(site)


@pytest.mark.parametrize("path", ["/nowhere", "/me", "/me/batches/2026-03-04/x"])
def test_errors_are_pages_in_plain_words(site, look, path):
    seen = look()
    page = seen.open(site.url + path)
    assert page.get_by_role("link", name="Go to the first page").is_visible()
    seen.complaints.clear()  # the browser itself notes the status
    seen.check(site)


def test_everybody_begins_at_the_first_page_of_the_role(site):
    begins = {
        Role.HR: "/overview",
        Role.EMPLOYEE: "/overview",  # without a laptop of one's own
        Role.WORKS_COUNCIL: "/privacy",
    }
    for role, first in begins.items():
        assert site.signed_in(role).get("/").location == first
    assert site.signed_in(person_id=site.org_id).get("/").location == "/me"


def test_a_program_gets_problems_not_pages(site):
    answer = site.app.test_client().get("/me", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"


def test_pages_work_without_scripts(site, laptop, look):
    seen = look(java_script_enabled=False)
    page = seen.open(site.link(device_id=laptop.device_id))
    assert page.locator("svg.strip").is_visible()


def test_pages_are_walked_by_keyboard(site, laptop, look):
    page = look().open(site.link(device_id=laptop.device_id))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
