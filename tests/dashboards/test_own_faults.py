"""My laptop says which faults IT is told of: the same ones, and of the own laptop alone."""

from datetime import timedelta

import laptop_days
import pytest

from agent.version import VERSION
from server.access.roles import Role
from server.faults.job import look_at
from server.faults.queries import faults_of_all
from server.faults.store import set_ticket

AGENT = [{"version": VERSION, "cpu_s": 3.0, "rss_peak_mib": 20.0}]


@pytest.fixture
def laptops(site):
    """One with a full disk that somebody works on, and one that is well."""
    broken, well = site.enrol(), site.enrol()
    day = site.today - timedelta(days=1)
    for laptop, free in ((broken, 2.0), (well, 60.0)):
        site.deliver(
            laptop, laptop_days.batch(day, summary=laptop_days.summary(disk_free_pct=free, agent=AGENT))
        )
    look_at(site.store, site.org_id, site.today)
    with site.store.transaction() as session:
        set_ticket(session, site.org_id, broken.device_id, "full-disk", "INC-12")
    return broken, well


def test_the_owner_reads_what_it_reads(site, laptops, look):
    broken, _ = laptops
    with site.store.reading() as session:
        [row] = faults_of_all(session, site.org_id).faults
    assert (row.fault, row.ticket) == ("full-disk", "INC-12")
    seen = look()
    page = seen.open(site.link(Role.EMPLOYEE, device_id=broken.device_id))
    page.goto(f"{site.url}/me")
    cells = (
        page.get_by_role("region", name="What IT sees of this laptop").locator("tbody td").all_inner_texts()
    )
    assert cells[0] == "Less than 5 percent of the system disk is free."
    assert cells[2:] == ["high", "INC-12"]
    seen.check(site)


def test_whose_laptop_is_well_reads_that_too(site, laptops):
    _, well = laptops
    page = site.signed_in(device_id=well.device_id).get("/me").text
    assert "Nothing is known to be wrong with it." in page
    assert "INC-12" not in page


def test_in_another_language(site, laptops):
    broken, _ = laptops
    page = site.signed_in(device_id=broken.device_id).get("/me?lang=de").text
    assert "Weniger als 5 Prozent des Systemlaufwerks sind frei." in page
