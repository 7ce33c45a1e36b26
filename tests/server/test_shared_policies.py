"""While many laptops ask at once, one policy is made for all of them; else each hears what holds now."""

from contextlib import ExitStack
from uuid import uuid4

import pytest
from factories import EnrolledDevice
from flask import Flask
from flask.testing import FlaskClient

from server.db import Store
from server.people.models import Organisation
from server.policy import shared as module
from server.policy.shared import FEW, SharedPolicies
from server.policy.store import set_numbers


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have gone by, to be changed."""
    seconds = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def asked(client: FlaskClient, laptop: EnrolledDevice) -> float:
    """What a laptop is told that it may use."""
    answer = client.get("/api/v1/policy", headers=laptop.headers)
    assert answer.status_code == 200
    return answer.json["budget"]["cpu_s_per_hour"]


def choose(store: Store, org: Organisation, cpu: float) -> None:
    with store.transaction() as session:
        set_numbers(session, org.org_id, cpu_s_per_hour=cpu)


def test_one_laptop_after_the_other_hears_what_holds_now(
    client: FlaskClient, store: Store, org: Organisation, enrolled: EnrolledDevice
) -> None:
    for cpu in (3.0, 2.0):
        choose(store, org, cpu)
        assert asked(client, enrolled) == cpu


def test_a_crowd_is_told_from_memory_for_some_seconds(
    app: Flask,
    client: FlaskClient,
    store: Store,
    org: Organisation,
    enrolled: EnrolledDevice,
    time: list[float],
) -> None:
    choose(store, org, 3.0)
    with ExitStack() as crowd:
        for _ in range(FEW):
            crowd.enter_context(app.extensions["policies"].asking())
        assert asked(client, enrolled) == 3.0
        choose(store, org, 2.0)
        assert asked(client, enrolled) == 3.0
        time[0] += module.SHARED_SECONDS
        assert asked(client, enrolled) == 2.0
        choose(store, org, 1.0)
    assert asked(client, enrolled) == 1.0, "no crowd any more"


def test_no_organisation_is_told_anothers_and_memory_is_bounded() -> None:
    shared = SharedPolicies()
    with ExitStack() as crowd:
        for _ in range(FEW + 1):
            crowd.enter_context(shared.asking())
        for number in range(3 * module.MOST_ORGANISATIONS):
            assert shared.of(uuid4(), lambda number=number: {"number": number}) == {"number": number}
    assert len(shared._made) <= module.MOST_ORGANISATIONS
