"""A fleet's collector gets another address, and no laptop is touched."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from countersigner import edition, signed, trust
from recording_collector import RecordingCollector, problem

from agent.config import Config, load_config
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.service.status import status
from agent.showing import show
from agent.store import observations, spool
from agent.store.identity import Identity, load_identity, located
from agent.store.local_store import LocalStore, get, put
from agent.store.observations import SourceState, Tick

ORGANISATION = "5f0c9d1e-0000-4000-8000-0000000000aa"
LATER = (date.today() + timedelta(days=3)).isoformat()
EARLIER = (date.today() - timedelta(days=3)).isoformat()


@pytest.fixture
def new() -> Iterator[RecordingCollector]:
    """The same collector at its new address."""
    collector = RecordingCollector()
    collector.policy["organisation"] = ORGANISATION
    yield collector
    collector.close()


@pytest.fixture
def laptop(enrolled_config: Config, recording: RecordingCollector) -> Config:
    recording.policy["organisation"] = ORGANISATION
    replace(identity_of(enrolled_config), organisation=ORGANISATION).save(enrolled_config.identity_path)
    return enrolled_config


def identity_of(config: Config) -> Identity:
    identity = load_identity(config.identity_path)
    assert identity is not None
    return identity


def says_it_moves(collector: RecordingCollector, to: str, day: str = "") -> None:
    collector.policy["server"] = {"address": to, "from": day}


def send(config: Config, store: LocalStore) -> str:
    """A round an hour later, in which something new leaves."""
    now = time.time()
    crash = Happening("crash", datetime.fromtimestamp(now - 1, UTC), app="firefox")
    with store.transaction() as db:
        observations.record(db, Tick(now, {"test": Reading([], [crash])}, {"crash": SourceState("ok")}))
        revisions.make_all_due(db, now)
        put(db, "policy_checked_at", "")
    return deliver(config).trouble


def moving(config: Config, store: LocalStore) -> str:
    return status(config, load_identity(config.identity_path), store.db).moving


def test_a_laptop_goes_where_its_collector_has_moved_and_stays_there(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, f"{new.url}/", EARLIER)
    assert send(laptop, local_store) == ""
    assert located(laptop, identity_of(laptop)).server == new.url
    assert "moved here from" in moving(laptop, local_store)
    before = len(recording.requests)
    assert send(laptop, local_store) == ""
    assert new.batches
    recording.close()
    assert send(laptop, local_store) == ""
    assert len(recording.requests) == before
    assert moving(laptop, local_store) == ""
    assert identity_of(laptop).token == "dexd_0"
    assert load_config(laptop.path, {}).server == recording.url, "nobody has touched the configuration"


def test_until_the_new_address_has_taken_a_batch_the_old_one_is_asked_where_it_fails(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    new.answer = lambda path, content: problem(503, "busy")
    taken = len(recording.batches)
    assert send(laptop, local_store) == ""
    assert len(recording.batches) > taken
    assert identity_of(laptop).server == new.url
    new.answer = lambda path, content: None
    recording.answer = lambda path, content: problem(503, "busy")
    assert send(laptop, local_store) == ""
    assert identity_of(laptop).before == ""


def test_a_move_that_is_called_off_is_gone_back_on(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    new.answer = lambda path, content: (200, "<html>Parked</html>", {})
    recording.policy["server"] = {}
    assert send(laptop, local_store) == ""
    assert located(laptop, identity_of(laptop)).server == recording.url
    assert identity_of(laptop).before == ""


def test_nobody_goes_before_the_day(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, new.url, LATER)
    assert send(laptop, local_store) == ""
    assert new.requests == []
    assert LATER in moving(laptop, local_store)
    assert LATER in show.report(local_store.db, time.time(), 10).agreement


@pytest.mark.parametrize(
    "who", ["a portal", "another organisation", "who does not know the laptop", "nobody"]
)
def test_a_laptop_stays_where_somebody_else_answers(
    who: str, laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    answers = {
        "a portal": (200, "<html>Welcome</html>", {}),
        "another organisation": (200, new.policy | {"organisation": "another"}, {}),
        "one who does not know it": problem(401, "unauthorized"),
    }
    if who == "nobody":
        new.close()
    else:
        new.answer = lambda path, content: answers[who]
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    assert recording.batches
    assert located(laptop, identity_of(laptop)).server == recording.url
    assert "was not found" in moving(laptop, local_store)


def test_an_address_without_tls_is_not_gone_to(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    says_it_moves(recording, "http://dex.example.org")
    assert send(laptop, local_store) == ""
    assert "https://" in moving(laptop, local_store)
    assert identity_of(laptop).server == recording.url


def test_a_signed_agreement_bounds_where_laptops_go(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    """Whoever has got hold of the old server cannot send them elsewhere."""
    trust(laptop)
    recording.policy["agreement"] = signed(edition(1, servers=[]))
    assert send(laptop, local_store) == ""
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    assert new.requests == []
    assert f"Not agreed: sending to the collector at {new.url}." in get(local_store.db, "policy_refused")
    recording.policy["agreement"] = signed(edition(2, servers=[new.url]))
    assert send(laptop, local_store) == ""
    assert identity_of(laptop).server == new.url


def test_who_names_another_address_in_the_configuration_decides(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    third = replace(laptop, server="https://dex.example.org")
    assert located(third, identity_of(laptop)).server == "https://dex.example.org"


def test_a_second_move_needs_no_more_than_the_first(
    laptop: Config, local_store: LocalStore, recording: RecordingCollector, new: RecordingCollector
) -> None:
    says_it_moves(recording, new.url)
    assert send(laptop, local_store) == ""
    says_it_moves(new, recording.url)
    recording.policy["server"] = {}
    assert send(laptop, local_store) == ""
    assert located(laptop, identity_of(laptop)).server == recording.url
    assert spool.count(local_store.db, spool.WAITING) == 0
