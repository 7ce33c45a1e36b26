"""What My laptop says of the business services that the company listed, and of their failures."""

from datetime import timedelta

import laptop_days
import pytest

from agent.signals import SERVICE_CAUSES
from dashboards.own_services import CAUSE_NAMES, own_services

DOWN = {
    "event_id": "5f0c9d1e-0000-4000-8000-000000000009",
    "kind": "service_down",
    "hour": 11,
    "detail": {"service": "<b>Wiki", "cause": "certificate"},
}


@pytest.fixture
def laptop(site):
    """Two days with a service that failed now and then, and an event of today."""
    enrolled = site.enrol()
    for back, failures, ms in ((2, {"slow": 1}, 30.0), (1, {"slow": 1, "route": 3}, 50.0)):
        services = [
            {"name": "<b>Wiki", "checks": 20, "failures": failures, "first_byte_ms": ms},
            {"name": "Mail", "checks": 19, "failures": {"name": 19}},
        ]
        day = site.today - timedelta(days=back)
        site.deliver(enrolled, laptop_days.batch(day, summary=laptop_days.summary(services=services)))
    site.deliver(enrolled, laptop_days.batch(site.today, events=[DOWN]))
    return enrolled


def page(site, laptop, address: str = "/me") -> str:
    return " ".join(site.signed_in(device_id=laptop.device_id).get(address).text.split())


def test_each_service_with_its_tries_failures_and_their_causes(site, laptop):
    text = page(site, laptop)
    table = text.partition('id="services"')[2].partition("</table>")[0]
    wiki = table.partition("&lt;b&gt;Wiki")[2]
    assert '<td class="n">40</td> <td class="n">5</td>' in wiki
    assert "no way leads there (3)<br>it did not answer in time (2)" in wiki
    assert "40 ms" in wiki
    mail = table.partition("Mail")[2].partition("</tr>")[0]
    assert "its name is not known (38)" in mail
    assert "not known</span>" in mail


def test_an_event_names_the_service_and_the_cause(site, laptop):
    events = page(site, laptop).partition('id="events"')[2].partition("</table>")[0]
    assert (
        "A business service did not answer: <bdi>&lt;b&gt;Wiki</bdi> (its certificate is not trusted)"
        in events
    )


def test_a_delivery_says_causes_in_words(site, laptop):
    client = site.signed_in(device_id=laptop.device_id)
    addresses = [part.partition('"')[0] for part in client.get("/me").text.split('href="/me/batches/')[1:]]
    texts = [client.get(f"/me/batches/{address}").text for address in addresses]
    assert any("no way leads there: 3" in text for text in texts)
    assert any("its certificate is not trusted" in text for text in texts)


def test_a_company_without_a_list_has_no_such_chapter(site):
    enrolled = site.enrol()
    day = site.today - timedelta(days=1)
    site.deliver(enrolled, laptop_days.batch(day, summary=laptop_days.summary()))
    assert 'id="services"' not in page(site, enrolled)


def test_every_cause_has_words():
    assert set(CAUSE_NAMES) == set(SERVICE_CAUSES)


def test_days_without_a_count_are_no_tries():
    (found,) = own_services([{"service": "A", "checks": None, "failures": None, "first_byte_ms": None}])
    assert (found.tries, found.failed, found.causes, found.first_byte_ms) == (0, 0, [], None)


def test_the_chapter_can_be_read_by_everybody(site, laptop, look):
    seen = look()
    seen.open(site.link(device_id=laptop.device_id) + "?lang=fa")
    seen.check(site)
