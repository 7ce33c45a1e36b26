"""Earlier days leave after what is new, no faster than the policy says, and wait where there is no room."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from recording_collector import RecordingCollector, problem

from agent.agreed.policy import BACKLOG_BOUNDS, BACKLOG_PACE, Policy
from agent.config import Config
from agent.local_time import DAY, MINUTE, day_of
from agent.reading import Happening, Reading
from agent.sending import backlog, revisions
from agent.sending.delivery import deliver
from agent.signals import Sample
from agent.store import observations, spool
from agent.store.local_store import LocalStore, get_number, put
from agent.store.observations import SourceState, Tick

EARLIER_DAYS = 5


def saw(store: LocalStore, at: float, crashes: int = 1) -> None:
    """A minute of use with some crashes, and the day's summary due."""
    events = [
        Happening("crash", datetime.fromtimestamp(at - 1 - n, UTC), app="firefox") for n in range(crashes)
    ]
    reading = Reading([Sample("on_s", 60.0), Sample("active_s", 60.0)], events, "c")
    states = {name: SourceState("ok") for name in ("crash", "active")}
    with store.transaction() as db:
        observations.record(db, Tick(at, {"test": reading}, states))
        revisions.make_all_due(db, at)


@pytest.fixture
def returned(enrolled_config: Config, local_store: LocalStore) -> LocalStore:
    """The store of a laptop that was away, and on which something happened just now."""
    now = time.time()
    for days in range(EARLIER_DAYS + 1, 1, -1):
        saw(local_store, now - days * DAY)
    saw(local_store, now)
    return local_store


def days_of(batches: list[dict[str, Any]]) -> list[str]:
    return [batch["day"] for batch in batches]


def a_minute_passes(store: LocalStore) -> None:
    with store.transaction() as db:
        put(db, "backlog_not_before", str(time.time()))


def test_what_is_new_does_not_wait_behind_a_backlog(
    enrolled_config: Config, returned: LocalStore, recording: RecordingCollector
) -> None:
    assert deliver(enrolled_config).trouble == ""
    today, *earlier = days_of(recording.batches)
    assert today == day_of(time.time())
    assert (earlier, len(earlier)) == (sorted(earlier), EARLIER_DAYS)


def test_earlier_days_leave_at_the_pace_of_the_policy(
    enrolled_config: Config, returned: LocalStore, recording: RecordingCollector
) -> None:
    recording.policy["backlog"] = {"batches_per_minute": 2}
    sent = []
    for _ in range(3):
        assert deliver(enrolled_config).trouble == ""
        sent.append(len(recording.batches))
        assert deliver(enrolled_config).sent == 0, "the minute is not over"
        if sent[-1] <= EARLIER_DAYS:
            assert 0 < get_number(returned.db, "backlog_not_before") - time.time() <= MINUTE
            assert not backlog.something_waits(returned.db, time.time())
        a_minute_passes(returned)
    assert sent == [3, 5, 6]
    assert not backlog.something_waits(returned.db, time.time())


def test_where_there_is_no_room_for_earlier_days_they_wait_and_nothing_else_does(
    enrolled_config: Config, returned: LocalStore, recording: RecordingCollector
) -> None:
    status, document, _ = problem(503, "busy")
    full = (status, document, {"Retry-After": "600"})
    today = day_of(time.time())
    recording.answer = lambda path, content: full if content.get("day", today) < today else None
    assert deliver(enrolled_config).trouble == ""
    assert days_of(recording.batches) == [today]
    assert 595 <= get_number(returned.db, "backlog_not_before") - time.time() <= 665
    assert get_number(returned.db, "send_not_before") == 0
    asked = len(recording.requests)
    saw(returned, time.time())
    assert deliver(enrolled_config).sent == 1
    assert len(recording.requests) == asked + 1, "nothing of an earlier day is tried"
    assert spool.count(returned.db, spool.WAITING) == EARLIER_DAYS
    recording.answer = lambda path, content: None
    a_minute_passes(returned)
    assert deliver(enrolled_config).sent == EARLIER_DAYS


def test_a_collector_that_has_no_room_for_what_is_new_is_left_alone(
    enrolled_config: Config, returned: LocalStore, recording: RecordingCollector
) -> None:
    status, document, _ = problem(503, "busy")
    full = (status, document, {"Retry-After": "60"})
    recording.answer = lambda path, content: full if path.endswith("/batches") else None
    assert deliver(enrolled_config).trouble
    assert get_number(returned.db, "send_not_before") > time.time()


def test_where_a_fleet_asks_for_its_policy_at_once_what_waits_leaves_under_the_one_in_force(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    deliver(enrolled_config)
    with local_store.transaction() as db:
        put(db, "policy_checked_at", "")
    saw(local_store, time.time())
    status, document, _ = problem(503, "try-later")
    later = (status, document, {"Retry-After": "100"})
    recording.answer = lambda path, content: later if path.endswith("/policy") else None
    delivered = deliver(enrolled_config)
    assert (delivered.sent, delivered.trouble) == (1, "")
    asked = [path for path, *_ in recording.requests].count("/api/v1/policy")
    saw(local_store, time.time(), crashes=2)
    assert deliver(enrolled_config).sent == 1
    assert [path for path, *_ in recording.requests].count("/api/v1/policy") == asked, "not before it is time"
    with local_store.transaction() as db:
        put(db, "policy_checked_at", str(get_number(db, "policy_checked_at") - 120))
    recording.answer = lambda path, content: None
    deliver(enrolled_config)
    assert [path for path, *_ in recording.requests].count("/api/v1/policy") == asked + 1


@pytest.mark.parametrize(
    ("said", "pace"),
    [
        (7, 7),
        (0.5, BACKLOG_BOUNDS[0]),
        (1e9, BACKLOG_BOUNDS[1]),
        ("fast", BACKLOG_PACE),
        (None, BACKLOG_PACE),
    ],
)
def test_a_pace_keeps_within_bounds_whatever_a_policy_says(said: object, pace: float) -> None:
    assert Policy({"backlog": {"batches_per_minute": said}}).backlog_pace == pace


def test_a_clock_that_was_put_back_does_not_hold_earlier_days_for_ever(local_store: LocalStore) -> None:
    now = time.time()
    with local_store.transaction() as db:
        backlog.put_off(db, now, 60)
    assert backlog.has_to_wait(local_store.db, now)
    assert not backlog.has_to_wait(local_store.db, now + 61)
    assert not backlog.has_to_wait(local_store.db, now - 3 * DAY)
