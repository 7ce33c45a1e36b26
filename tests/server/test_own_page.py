"""What My laptop reads, on both databases: the own rows, and no others."""

from datetime import date, timedelta

import factories
import laptop_days
import pytest

from server.access.roles import Grant, Role
from server.devices.store import assign
from server.ingest import own_page

LONG_AGO = date(2026, 1, 1)


@pytest.fixture
def deliver(client):
    """Sends batches of a laptop as its agent does."""

    def send(laptop: factories.EnrolledDevice, *batches: dict) -> None:
        for batch in batches:
            body = laptop_days.packed(batch | {"install_id": str(laptop.install_id)})
            headers = laptop.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            assert client.post("/api/v1/batches", data=body, headers=headers).status_code == 200

    return send


@pytest.fixture
def own(store, org, enrolled, clock, deliver):
    """Reads through a function of the own page, for the laptop of this sign-in."""
    today = clock().date()
    other = None
    with store.transaction() as session:
        other = factories.enrol_device(session, org.org_id, today)
    for laptop in (enrolled, other):
        for back in (3, 2, 1):
            day = today - timedelta(days=back)
            deliver(
                laptop, laptop_days.batch(day, summary=laptop_days.summary(), events=[laptop_days.crash()])
            )

    def read(function, *arguments, **whose):
        grant = Grant(org.org_id, Role.EMPLOYEE, **(whose or {"device_id": enrolled.device_id}))
        with store.reading() as session:
            return [function(session, laptop, *arguments) for laptop in own_page.laptops_of(session, grant)]

    return read


def test_days_events_and_batches_of_one_laptop(own, clock):
    (days,) = own(own_page.days, LONG_AGO)
    assert [day["app_crashes"] for day in days] == [2, 2, 2]
    assert [day["coverage"]["oscrash"] for day in days] == ["denied"] * 3
    (events,) = own(own_page.events, LONG_AGO, 10)
    assert [(event["kind"], event["app"]) for event in events] == [("crash", "Firefox")] * 3
    assert events[0]["day"] == clock().date() - timedelta(days=1)
    (batches,) = own(own_page.batches, 10)
    assert [(batch["revision"], batch["events"]) for batch in batches] == [(1, 1)] * 3
    assert all(batch["size"] > 100 and "body" not in batch for batch in batches)
    (apps,) = own(own_page.apps, LONG_AGO)
    assert [(app["app"], app["hours"], app["crashes"]) for app in apps] == [
        ("Firefox", 10.5, 6),
        ("other", 9.0, 0),
    ]


def test_older_days_and_more_rows_than_wanted_are_left_out(own, clock):
    (days,) = own(own_page.days, clock().date() - timedelta(days=2))
    assert len(days) == 2
    (batches,) = own(own_page.batches, 1)
    assert len(batches) == 1


def test_only_days_in_which_the_laptop_was_the_persons(own, store, org, enrolled, clock):
    ada, ben = enrolled.install_id, org.org_id  # any ids will do for two persons
    today = clock().date()
    with store.transaction() as session:
        assign(session, org.org_id, enrolled.device_id, ada, today - timedelta(days=3))
        assign(session, org.org_id, enrolled.device_id, ben, today - timedelta(days=1))
    (adas,) = own(own_page.days, LONG_AGO, person_id=ada)
    (bens,) = own(own_page.days, LONG_AGO, person_id=ben)
    assert [day["day"] for day in adas] == [today - timedelta(days=3), today - timedelta(days=2)]
    assert [day["day"] for day in bens] == [today - timedelta(days=1)]


def test_nobody_and_an_unknown_laptop_have_nothing(own, org):
    assert own(own_page.days, LONG_AGO, person_id=org.org_id) == []
    assert own(own_page.days, LONG_AGO, device_id=org.org_id) == []


def test_a_batch_is_found_by_its_owner_alone(own, org, enrolled, store, clock):
    (batches,) = own(own_page.batches, 1)
    where = (batches[0]["day"], batches[0]["batch_id"])
    (found,) = own(own_page.batch, *where)
    assert found["body"][:2] == b"\x1f\x8b"
    with store.transaction() as session:
        stranger = factories.enrol_device(session, org.org_id, clock().date())
    assert own(own_page.batch, *where, device_id=stranger.device_id) == [None]
