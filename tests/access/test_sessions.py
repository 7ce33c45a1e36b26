"""What ends a session that a link began, and that a link for the own laptop ends with its person too."""

from datetime import timedelta

import factories
import pytest

from server.access.closing import close_access
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.devices.models import DevicePerson
from server.people.models import PersonRow


@pytest.fixture
def entered(client, store, org, clock):
    """Signs the client in by a link for this grant; answers whether it is known at a request."""

    def enter(**whose):
        with store.transaction() as session:
            grant = Grant(org.org_id, whose.pop("role", Role.EMPLOYEE), **whose)
            token = create_link(session, grant, clock(), timedelta(hours=1))
        client.get(f"/sign-in/{token}")

    return enter


def is_known(client):
    """Whether the server knows who asks: their role, or nobody."""
    return client.get("/api/v1/groups").status_code != 401


def leave(store, org, person_id, last_day):
    with store.transaction() as session:
        session.get_one(PersonRow, (org.org_id, person_id)).last_day = last_day


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.HR])
def test_a_link_of_a_person_ends_with_their_last_day(client, store, org, clock, employ, entered, role):
    person_id = employ("7")
    entered(role=role, person_id=person_id)
    leave(store, org, person_id, clock().date())
    assert is_known(client)
    leave(store, org, person_id, clock().date() - timedelta(days=1))
    assert not is_known(client)


def test_a_link_of_a_laptop_ends_with_its_persons_last_day(client, store, org, clock, employ, entered):
    person_id = employ("7")
    with store.transaction() as session:
        laptop = factories.enrol_device(session, org.org_id, clock().date())
        key = {"org_id": org.org_id, "device_id": laptop.device_id, "since": clock().date()}
        session.add(DevicePerson(**key, person_id=person_id))
    entered(device_id=laptop.device_id)
    assert is_known(client)
    leave(store, org, person_id, clock().date() - timedelta(days=1))
    assert not is_known(client)


def test_closing_somebodys_access_ends_their_sessions_and_links_of_later(
    client, store, org, clock, employ, entered
):
    person_id = employ("7")
    entered(person_id=person_id)
    with store.transaction() as session:
        assert close_access(session, org.org_id, person_id, clock().date())
        assert not close_access(session, org.org_id, person_id, clock().date())
    assert not is_known(client)
    entered(person_id=person_id)
    assert not is_known(client)
