"""Laptop and collector of different releases understand each other's policies and agreements."""

import time

from countersigner import edition, signed
from offered_policy import COUNCILS_KEY, asked, offer, saw_a_crash, waiting
from recording_collector import RecordingCollector, unsigned

from agent.agreed.agreement import built_in_document
from agent.agreed.policy import load_policy
from agent.config import Config
from agent.sending import batches
from agent.sending.delivery import deliver
from agent.store import spool
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get, put


def test_a_newer_collector_brings_fields_that_this_laptop_does_not_know(local_store: LocalStore) -> None:
    newer = edition(0, facts=[*built_in_document()["facts"], "gpu"])
    newer["summary"]["gpu_min"] = []
    for pinned in ("", COUNCILS_KEY):
        assert asked(local_store, offer(unsigned(newer)), pinned) == ""
    assert asked(local_store, offer(signed(newer | {"number": 1}))) == ""


def test_a_newer_laptop_under_an_older_agreement_sends_the_old_fields_alone(local_store: LocalStore) -> None:
    older = edition(1)
    del older["summary"]["usage_s"], older["events"]["oom"]
    for pinned, agreement in (("", unsigned(older)), (COUNCILS_KEY, signed(older))):
        assert asked(local_store, offer(agreement), pinned) == ""
        saw_a_crash(local_store)
        with local_store.transaction() as db:
            batches.compose(db, time.time(), load_policy(db), 1.0)
        (content,) = waiting(local_store)
        assert "active_min" in content["summary"]
        assert "usage_s" not in content["summary"]
        with local_store.transaction() as db:
            spool.remove_waiting(db)


def test_a_collector_of_the_first_releases_is_understood(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    document = built_in_document() | {"agreed": False, "text": "…"}
    document["summary"] = list(document["summary"])
    for name in ("format", "number", "event", "at_most", "at_least"):
        del document[name]
    recording.policy["agreement"] = {"hash": "f" * 64, "agreed": False, "document": document}
    saw_a_crash(local_store)
    assert deliver(enrolled_config).trouble == ""
    assert get(local_store.db, "policy_refused") == ""
    assert [event["app"] for event in recording.events] == ["firefox"]


def test_an_identity_of_the_first_releases_is_read(enrolled_config: Config) -> None:
    path = enrolled_config.identity_path
    path.write_text(path.read_text().replace('"agreement_key": ""', f'"agreement": "{"a" * 64}"'))
    identity = load_identity(path)
    assert identity is not None
    assert (identity.device_id, identity.agreement_key) == ("d0", "")


def test_what_another_release_refused_is_asked_for_again(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    """A collector that answers “not changed” would leave the refusal as it is."""
    put(local_store.db, "policy_etag", '"1"')
    put(local_store.db, "policy_refused", "The collector's policy rests on another agreement.")
    recording.answer = lambda path, content: None
    deliver(enrolled_config)
    headers = next(headers for path, headers, _ in recording.requests if path.endswith("/policy"))
    assert "If-None-Match" not in headers
    assert get(local_store.db, "policy_refused") == ""
    put(local_store.db, "policy_checked_at", "")
    deliver(enrolled_config)
    assert [h.get("If-None-Match") for p, h, _ in recording.requests if p.endswith("/policy")][-1] == '"1"'
