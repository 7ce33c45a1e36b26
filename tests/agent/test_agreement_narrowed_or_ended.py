"""What is not agreed any more, or not known to be, is neither looked at nor sent."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from countersigner import edition, signed, trust
from offered_policy import asked, offer, saw_a_crash, waiting
from recording_collector import RecordingCollector, unsigned

from agent.agreed.agreement import ended_document
from agent.agreed.policy import load_policy
from agent.collectors import all_collectors
from agent.collectors.options import collector_options
from agent.config import Config
from agent.local_time import day_of
from agent.reading import Happening, Reading
from agent.sending import batches
from agent.sending.delivery import deliver
from agent.sending.sender import Sender
from agent.service.runner import Runner
from agent.store import observations, spool
from agent.store.local_store import LocalStore, get, put
from agent.store.observations import Tick


@pytest.mark.parametrize("is_signed", [True, False])
def test_an_ended_agreement_stops_everything(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector, is_signed: bool
) -> None:
    trust(enrolled_config)
    recording.policy["agreement"] = signed(edition(1))
    assert deliver(enrolled_config).trouble == ""
    before = recording.batches
    saw_a_crash(local_store)
    end = ended_document(2)
    recording.policy["agreement"] = signed(end) if is_signed else unsigned(end)
    put(local_store.db, "policy_checked_at", "")
    assert deliver(enrolled_config).trouble == ""
    assert recording.batches == before
    assert (spool.count(local_store.db, spool.WAITING), spool.days_with_events(local_store.db)) == (0, [])
    in_force = load_policy(local_store.db)
    assert in_force.ended
    assert all_collectors(collector_options(enrolled_config, in_force)) == ()
    assert get(local_store.db, "policy_refused") == ""
    recording.policy["agreement"] = signed(edition(1))  # as whoever runs the collector could show again
    put(local_store.db, "policy_checked_at", "")
    deliver(enrolled_config)
    assert load_policy(local_store.db).ended is is_signed


def test_the_service_looks_at_nothing_after_the_end_and_tells_nothing_of_that_time_later(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    asked(local_store, offer(signed(edition(1))))
    runner = Runner(enrolled_config, local_store, sender=NoSender(enrolled_config))
    runner.tick()
    assert runner.watches
    minutes_before = count_minutes(local_store)
    asked(local_store, offer(signed(ended_document(2))))
    runner._after_delivery()
    put(local_store.db, "ended_at", str(time.time() - 600))
    runner.tick()
    assert runner.watches == []
    assert Runner(enrolled_config, local_store, sender=NoSender(enrolled_config)).watches == []
    assert count_minutes(local_store) == minutes_before
    asked(local_store, offer(signed(edition(3))))
    runner._after_delivery()
    assert runner.watches
    before = datetime.fromtimestamp(time.time() - 700, UTC)
    meanwhile = datetime.fromtimestamp(time.time() - 300, UTC)
    found = [Happening("crash", at, app) for at, app in ((before, "before"), (meanwhile, "meanwhile"))]
    with local_store.transaction() as db:
        observations.record(db, Tick(time.time(), {"all": Reading((), found)}, {}))
    apps = local_store.db.execute("SELECT app FROM happening WHERE kind = 'crash'").fetchall()
    assert apps == [("before",)]


class NoSender(Sender):
    def start(self, store: LocalStore, inherited: Sequence[int] = (), pulse: bool = False) -> None:
        pass


def count_minutes(store: LocalStore) -> int:
    return int(store.db.execute("SELECT count(*) FROM minute").fetchone()[0])


def test_what_waits_is_narrowed_with_the_agreement(local_store: LocalStore) -> None:
    asked(local_store, offer(signed(edition(1))))
    saw_a_crash(local_store)
    with local_store.transaction() as db:
        batches.compose(db, time.time(), load_policy(db), 1.0)
    assert "usage_s" in waiting(local_store)[0]["summary"]
    narrow = edition(2, applications=["code"])
    del narrow["summary"]["usage_s"], narrow["summary"]["coverage"]
    assert asked(local_store, offer(signed(narrow), applications=["code"])) == ""
    (content,) = waiting(local_store)
    assert not {"usage_s", "coverage"} & set(content["summary"])
    assert [event["app"] for event in content["events"]] == ["other"]
    narrow = edition(3, events={}, summary={})
    assert asked(local_store, offer(signed(narrow))) == ""
    assert waiting(local_store) == []


def test_a_laptop_that_lost_its_store_sends_nothing_before_it_knows_what_is_agreed(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    trust(enrolled_config)
    saw_a_crash(local_store)
    recording.answer = lambda path, content: (503, "away", {}) if path.endswith("/policy") else None
    deliver(enrolled_config)
    assert spool.days_with_events(local_store.db) == [day_of(time.time())]
    assert waiting(local_store) == []
