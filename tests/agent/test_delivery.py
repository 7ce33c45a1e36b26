"""One round with a collector over real HTTP: what leaves, what stays, and what was learned."""

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from recording_collector import RecordingCollector, problem, unsigned
from waiting import eventually

from agent.agreed import policy
from agent.agreed.agreement import built_in_document
from agent.config import Config
from agent.errors import UsageError
from agent.local_time import DAY, day_of
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.sending.retry import wait_after
from agent.sending.sender import Sender
from agent.signals import Sample
from agent.store import bodies, observations, spool
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, dropped_by_reason, get, get_number, put
from agent.store.observations import SourceState, Tick

Answering = Callable[[str, dict[str, Any]], tuple[int, Any, dict[str, str]] | None]


def saw(store: LocalStore, crashes: int = 1, at: float | None = None, app: str = "firefox") -> None:
    """A minute of use with some crashes, and the day's summary due."""
    now = time.time() if at is None else at
    events = [Happening("crash", datetime.fromtimestamp(now - 1 - n, UTC), app=app) for n in range(crashes)]
    reading = Reading([Sample("on_s", 60.0), Sample("active_s", 60.0)], events, "c")
    states = {name: SourceState("ok") for name in ("crash", "active")}
    with store.transaction() as db:
        observations.record(db, Tick(now, {"test": reading}, states))
        revisions.make_all_due(db, now)


def to_batches(answer: tuple[int, Any, dict[str, str]], times: int = 1000) -> Answering:
    """Give this answer to the first batches."""
    left = [times]

    def respond(path: str, content: dict[str, Any]) -> tuple[int, Any, dict[str, str]] | None:
        if path.endswith("/batches") and left[0] > 0:
            left[0] -= 1
            return answer
        return None

    return respond


def test_everything_due_leaves_once_and_is_in_the_ledger(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    saw(local_store, crashes=2)
    delivered = deliver(enrolled_config)
    assert delivered.trouble == ""
    assert deliver(enrolled_config).sent == 0
    (batch,) = recording.batches
    assert len(batch["events"]) == 2
    assert batch["summary"]["app_crashes"] == 2
    assert batch["summary"]["revision"] == 1
    assert batch["facts"]["os"] == "linux"
    assert batch["install_id"] == get(local_store.db, "install_id")
    (kept,) = spool.answered(local_store.db)
    _, headers, body = next(r for r in recording.requests if r[0].endswith("/batches"))
    assert kept.body == body
    assert headers["Authorization"] == "Bearer dexd_0"
    assert headers["Content-Encoding"] == "gzip"


def test_unlisted_programs_leave_as_other_and_their_names_stay(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    saw(local_store, app="private-diary")
    deliver(enrolled_config)
    assert all(b"private-diary" not in bodies.packed(b) for b in recording.batches)
    assert recording.events[0]["app"] == "other"
    (kept,) = observations.happenings_of(local_store.db, day_of(time.time()))
    assert kept.app == "private-diary"


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<html>Welcome to our Wi-Fi</html>", {}),
        (302, "<html>Sign in</html>", {"Location": "http://login.example/"}),
        (500, "<html>oops</html>", {}),
        problem(503, "try-later"),
        problem(401, "unauthorized"),
    ],
)
def test_anything_but_the_collectors_yes_or_no_keeps_everything(
    answer: tuple[int, Any, dict[str, str]],
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
) -> None:
    saw(local_store)
    recording.answer = to_batches(answer, times=1)
    assert deliver(enrolled_config).trouble
    assert spool.count(local_store.db, spool.WAITING) == 1
    assert get_number(local_store.db, "send_failures") == 1
    assert deliver(enrolled_config).trouble == ""
    assert len(recording.events) == 1
    assert get_number(local_store.db, "send_failures") == 0


def test_a_captive_portal_that_answers_everything_changes_nothing(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    saw(local_store)
    recording.date_offset = -5 * DAY
    recording.answer = lambda path, content: (200, "<html>Pay first</html>", {})
    assert "no DEX collector" in deliver(enrolled_config).trouble
    assert get_number(local_store.db, "clock_offset") == 0
    assert load_identity(enrolled_config.identity_path)


def test_a_rejected_batch_is_set_aside_and_blocks_nobody(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    yesterday = time.time() - DAY
    saw(local_store, at=yesterday)
    saw(local_store)
    recording.answer = to_batches(problem(422, "invalid-batch", "The batch has no day."), times=1)
    assert deliver(enrolled_config).trouble == ""
    assert [b["day"] for b in recording.batches] == [day_of(time.time())]
    (rejected,) = [b for b in spool.answered(local_store.db) if b.state == spool.REJECTED]
    assert rejected.answer == "The batch has no day."
    assert dropped_by_reason(local_store.db) == {"rejected": 1}


def test_a_server_that_is_down_costs_nothing_but_time(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    saw(local_store)
    recording.close()
    said = deliver(enrolled_config).trouble
    assert recording.url in said
    assert "cannot be reached" in said
    assert spool.count(local_store.db, spool.WAITING) + len(spool.days_with_events(local_store.db)) >= 1
    assert get_number(local_store.db, "send_not_before") > 0


def test_a_day_31_days_back_never_reaches_the_wire(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    day = day_of(time.time() - 31 * DAY)
    with local_store.transaction() as db:
        body = bodies.packed({"batch_id": "b", "day": day})
        spool.add(db, spool.Batch("b", 1, day, time.time(), 1, 0, 0, body))
    deliver(enrolled_config)
    assert recording.batches == [] or all(b["day"] != day for b in recording.batches)
    assert dropped_by_reason(local_store.db) == {"too_old": 1}


def test_a_clock_a_day_off_is_corrected_by_the_collectors_date_and_marked(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    recording.date_offset = DAY
    saw(local_store)
    deliver(enrolled_config)
    assert get_number(local_store.db, "clock_offset") == pytest.approx(DAY, abs=5)
    saw(local_store, at=time.time() + get_number(local_store.db, "clock_offset"))
    deliver(enrolled_config)
    newest = recording.batches[-1]
    assert newest["day"] == day_of(time.time() + DAY)
    assert newest["summary"]["agent"][0]["clock_offset_s"] == pytest.approx(DAY, abs=5)


def test_batches_are_made_even_while_the_collector_is_away(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    """Minutes are forgotten after two weeks: what they say must be in a batch by then."""
    saw(local_store)
    recording.close()
    deliver(enrolled_config)
    (batch,) = [b for b in spool.waiting(local_store.db) if b.revision]
    assert batch.events == 1


def test_a_batch_the_collector_stumbles_over_blocks_no_other(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    for back in (2, 1, 0):
        saw(local_store, at=time.time() - back * DAY)
    recording.answer = to_batches(problem(500, "internal"), times=1)
    assert deliver(enrolled_config).trouble
    assert len(recording.batches) == 2
    assert spool.count(local_store.db, spool.WAITING) == 1


def test_a_lost_store_gets_a_new_installation_number(
    enrolled_config: Config, recording: RecordingCollector
) -> None:
    """Else its numbers, counted from one again, would look like a copied disk."""
    enrolled_config.store_path.write_bytes(b"broken" * 1000)
    fresh = LocalStore(enrolled_config.store_path)
    saw(fresh)
    fresh.close()
    assert deliver(enrolled_config).trouble == ""
    (batch,) = recording.batches
    assert batch["install_id"] != "5f0c9d1e-0000-4000-8000-000000000001"
    assert batch["seq"] == 1
    assert batch["summary"]["agent"][0]["dropped"] == {"store_unreadable": 1}


def test_retry_after_is_obeyed(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    saw(local_store)
    status, document, _ = problem(503, "try-later", "Too much at once.")
    recording.answer = to_batches((status, document, {"Retry-After": "600"}))
    assert "Too much at once" in deliver(enrolled_config).trouble
    wait = get_number(local_store.db, "send_not_before") - time.time()
    assert 595 <= wait <= 665


def test_back_off_is_exponential_with_full_jitter_and_a_bound() -> None:
    random.seed(3)
    waits = {n: [wait_after(n, None) for _ in range(300)] for n in (1, 3, 40)}
    assert max(waits[1]) <= 60
    assert 200 < max(waits[3]) <= 240
    assert 3000 < max(waits[40]) <= 3600
    assert min(waits[40]) < 300


def test_a_copied_disk_becomes_a_laptop_of_its_own(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    before = get(local_store.db, "install_id")
    saw(local_store)
    recording.answer = to_batches(problem(409, "install-cloned"), times=1)
    assert deliver(enrolled_config).trouble == ""
    after = get(local_store.db, "install_id")
    identity = load_identity(enrolled_config.identity_path)
    assert after != before
    assert identity is not None
    assert (identity.device_id, identity.token) == ("d1", "dexd_1")
    (batch,) = recording.batches
    assert (batch["install_id"], batch["seq"]) == (after, 1)
    assert spool.days_with_events(local_store.db) == [day_of(time.time())]  # that it is new, next time
    enrolment = next(r for r in recording.requests if r[0].endswith("/enroll"))
    assert enrolment[1]["Authorization"] == "Bearer dexd_0"
    assert json.loads(enrolment[2])["install_id"] == after


def test_a_policy_applies_and_what_nobody_signed_for_is_left_out(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    deliver(enrolled_config)
    assert policy.load_policy(local_store.db).applications.name_of("firefox") == "firefox"
    document = built_in_document()
    document["applications"].append("private-diary")
    recording.policy |= {
        "agreement": unsigned(document),
        "applications": ["firefox", "okular", "private-diary"],
    }
    put(local_store.db, "policy_checked_at", "")
    assert deliver(enrolled_config).trouble == ""
    applications = policy.load_policy(local_store.db).applications
    assert [applications.name_of(name) for name in ("okular", "private-diary")] == ["okular", "other"]
    assert "Not agreed: naming the applications private-diary." in get(local_store.db, "policy_refused")


def test_without_enrolment_one_sentence(agent_config: Config) -> None:
    with pytest.raises(UsageError, match="not enrolled"):
        deliver(agent_config)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the service starts a process of its own")
def test_a_delivery_that_fails_by_its_own_fault_is_told_and_waits(enrolled_config, local_store, monkeypatch):
    def broken(config: Config) -> None:
        raise ModuleNotFoundError("No module named 'requests'")

    monkeypatch.setattr("agent.sending.delivery.deliver", broken)
    sender = Sender(enrolled_config)
    sender.start(local_store, [])
    assert eventually(lambda: not sender.running)
    assert "fault of its own" in get(local_store.db, "send_trouble")
    assert get_number(local_store.db, "send_not_before") > 0
