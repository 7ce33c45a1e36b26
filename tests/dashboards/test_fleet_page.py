"""The page of the fleet: for IT alone, of the own organisation alone, and counts alone."""

from datetime import timedelta

import laptop_days
import pytest

from server.access.roles import Role
from server.devices.models import DeviceDrop
from server.fleet.job import count_fleets
from server.people.organisations import create_organisation, org_id_of


@pytest.fixture
def fleet(site):
    """Three laptops of which one tells of its days; another organisation has none."""
    laptops = [site.enrol() for _ in range(3)]
    for back in (1, 2):
        day = site.today - timedelta(days=back)
        site.deliver(laptops[0], laptop_days.batch(day, summary=laptop_days.summary(), facts={"os": "linux"}))
    with site.store.transaction() as session:
        key = {"org_id": site.org_id, "week": "2026-W10", "count": 7}
        for laptop in laptops[:2]:
            session.add(
                DeviceDrop(**key, device_id=laptop.device_id, reason="unknown-field", field="summary")
            )
        create_organisation(session, "other", "Other", site.today)
    count_fleets(site.store, site.clock())
    return laptops


@pytest.mark.parametrize("role", list(Role))
def test_only_it_opens_it(site, fleet, role):
    client = site.signed_in(role=role, device_id=fleet[0].device_id)
    answer = client.get("/fleet", headers={"Accept": "text/html"})
    assert answer.status_code == (200 if role is Role.IT else 403)
    assert ('href="/fleet"' in client.get("/privacy").text) == (role is Role.IT)


def test_nobody_opens_it_without_signing_in(site, fleet):
    assert site.app.test_client().get("/fleet", headers={"Accept": "text/html"}).status_code == 401


def test_it_tells_counts_and_what_to_do_and_no_laptop(site, fleet, look):
    seen = look()
    page = seen.open(site.link(Role.IT))
    page.goto(f"{site.url}/fleet")
    assert page.locator("p.sentence").inner_text().startswith("3 laptops are enrolled.")
    dropped = page.get_by_role("region", name="A field that is not known here").locator("tbody tr")
    assert dropped.inner_text().split() == ["summary", "2", "14"]
    assert "update the collector" in page.content()
    sources = page.get_by_role("region", name="Linux").locator("tbody tr")
    assert sources.filter(has_text="Stops of the system").inner_text().split("\t")[-2] == "1"
    for laptop in fleet:
        assert str(laptop.device_id) not in page.content()
    seen.check(site)


def test_laptops_of_another_organisation_are_not_counted(site, fleet):
    assert "3 laptops are enrolled." in site.signed_in(role=Role.IT).get("/fleet").text
    site.org_id = org_id_of("other")
    assert "No laptop was enrolled when this was counted" in site.signed_in(role=Role.IT).get("/fleet").text


def test_before_the_first_count_it_says_what_to_do(site, look):
    seen = look()
    page = seen.open(site.link(Role.IT))
    page.goto(f"{site.url}/fleet")
    assert "have not been counted yet" in page.locator("p.sentence").inner_text()
    assert "dex-server devices health --now" in page.locator("pre").first.inner_text()
    seen.check(site)
