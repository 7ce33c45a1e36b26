"""How an answer leaves: in separate messages, at random moments, as nobody, and never twice."""

import base64
import json
import statistics
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from recording_collector import RecordingCollector, problem

from agent.config import Config
from agent.errors import Unreachable
from agent.pulse import memory
from agent.pulse.answers import MEAN_DELAY, Given, NoTokens, keep, send_due
from agent.pulse.doors import Doors
from agent.pulse.memory import Memory, Token, has_errand, memory_path
from agent.pulse.schedule import Draw, Running

TODAY = date(2026, 3, 3)
NOW = time.mktime(TODAY.timetuple()) + 12 * 3600
RUNNING = Running("2026-P03", date(2026, 2, 23), date(2026, 3, 22), Draw(1, "enps"))
ORGANISATION = "0d7b8f4e-0000-4000-8000-000000000000"


@pytest.fixture
def store(agent_config: Config) -> Memory:
    return Memory(memory_path(agent_config.state))


@pytest.fixture
def doors(agent_config: Config) -> Doors:
    return Doors(agent_config, "dexd_secret")


def give_tokens(store: Memory, *slots: str) -> None:
    labels = {"comment": ("comment:company",)}
    made = [
        Token(label, slot, b"t" * 64, b"", b"", b"s" * 256)
        for slot in slots
        for label in labels.get(slot, ("row:team:Web", "col:stage:steady"))
    ]
    with store.transaction() as db:
        memory.add_tokens(db, RUNNING.period, made)


def answer(store: Memory, value: int | None = 4, comment: str = "") -> int:
    return keep(store, RUNNING, ORGANISATION, Given("core", "tech_sat", value, comment), TODAY, NOW)


def taken(path: str, content: dict[str, Any]) -> tuple[int, Any, dict[str, str]] | None:
    return (200, {"accepted": True}, {}) if path.endswith("answers") else None


def everything_due(store: Memory) -> float:
    return max(message.due_at for message in memory.messages(store.db))


def test_an_answer_is_two_messages_and_a_comment_a_third(store: Memory) -> None:
    give_tokens(store, "core", "second", "comment")
    assert answer(store, comment="Fewer passwords") == 3
    bodies = [json.loads(message.body) for message in memory.messages(store.db)]
    assert sorted((b["label"], b["item"], b.get("value"), b.get("comment")) for b in bodies) == [
        ("col:stage:steady", "tech_sat", 4, None),
        ("comment:company", "open_one", None, "Fewer passwords"),
        ("row:team:Web", "tech_sat", 4, None),
    ]
    assert {b["token"] for b in bodies} == {base64.b64encode(b"t" * 64).decode()}
    assert [t.slot for t in memory.tokens_of(store.db, RUNNING.period)] == ["second", "second"]


def test_moments_are_independent_and_within_the_period(store: Memory) -> None:
    for _ in range(60):
        give_tokens(store, "core")
        answer(store)
        store.db.execute("DELETE FROM prompt")
    delays = [message.due_at - NOW for message in memory.messages(store.db)]
    assert 0.6 * MEAN_DELAY < statistics.mean(delays) < 1.5 * MEAN_DELAY
    end = NOW + timedelta(days=20).total_seconds()
    assert all(0 <= delay <= end for delay in delays)


def test_on_the_last_evening_messages_leave_before_midnight(store: Memory) -> None:
    give_tokens(store, "core")
    evening = time.mktime(RUNNING.last_day.timetuple()) + 23 * 3600
    keep(store, RUNNING, ORGANISATION, Given("core", "tech_sat", 1), RUNNING.last_day, evening)
    assert all(evening <= m.due_at <= evening + 3600 for m in memory.messages(store.db))


def test_a_skipped_question_sends_nothing_and_is_not_asked_again(store: Memory) -> None:
    give_tokens(store, "core", "comment")
    assert answer(store, value=None) == 0
    assert memory.messages(store.db) == []
    assert memory.prompts(store.db) == [(RUNNING.period, "core", TODAY)]


def test_without_tokens_there_is_no_answer(store: Memory) -> None:
    with pytest.raises(NoTokens):
        answer(store)
    assert memory.prompts(store.db) == []


def test_a_message_leaves_as_nobody(
    store: Memory,
    doors: Doors,
    recording: RecordingCollector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    recording.answer = taken
    give_tokens(store, "core")
    answer(store)
    assert send_due(store, doors, everything_due(store)) == 1
    ((path, headers, _),) = recording.requests
    assert path == "/api/v1/pulse/answers"
    assert set(headers) <= {"Host", "Accept-Encoding", "Content-Length", "Content-Type", "Connection"}


def test_messages_that_are_due_together_leave_apart(
    store: Memory, doors: Doors, recording: RecordingCollector
) -> None:
    recording.answer = taken
    give_tokens(store, "core", "comment")
    answer(store, comment="Hello")
    after_the_weekend = everything_due(store) + 1
    assert send_due(store, doors, after_the_weekend) == 1
    waiting = [message.due_at for message in memory.messages(store.db)]
    assert len(waiting) == 2
    assert all(due > after_the_weekend for due in waiting)
    assert send_due(store, doors, after_the_weekend) == 0


def test_nothing_leaves_before_its_moment(store: Memory, doors: Doors, recording: RecordingCollector) -> None:
    give_tokens(store, "core")
    answer(store)
    assert send_due(store, doors, NOW) == 0
    assert recording.requests == []


@pytest.mark.parametrize(
    "answered",
    [
        (200, {"accepted": True}, {}),
        problem(409, "pulse-spent"),
        problem(422, "pulse-closed"),
        problem(403, "pulse-token"),
    ],
)
def test_a_message_that_was_answered_is_gone_from_the_disk(
    store: Memory, doors: Doors, recording: RecordingCollector, answered: Any
) -> None:
    recording.answer = lambda path, content: answered
    give_tokens(store, "core")
    answer(store)
    for _ in range(2):
        send_due(store, doors, everything_due(store))
    assert memory.messages(store.db) == []
    assert b'"value":4' not in store.path.read_bytes()


@pytest.mark.parametrize(
    "answered",
    [
        (200, "<html>Please sign in to the hotel</html>", {}),
        (200, {"hello": "world"}, {}),
        (503, {}, {"Retry-After": "5"}),
        problem(500, "internal"),
        (413, "<html>too large</html>", {}),
    ],
)
def test_a_message_that_nobody_took_waits_for_another_moment(
    store: Memory, doors: Doors, recording: RecordingCollector, answered: Any
) -> None:
    recording.answer = lambda path, content: answered
    give_tokens(store, "core")
    answer(store)
    due = everything_due(store)
    with pytest.raises(Unreachable):
        send_due(store, doors, due)
    assert len(memory.messages(store.db)) == 2
    assert all(message.due_at > due for message in memory.messages(store.db))


def test_the_service_starts_the_sender_only_for_what_is_due(store: Memory, agent_config: Config) -> None:
    state = agent_config.state
    assert not has_errand(state, "", NOW)
    assert has_errand(state, RUNNING.period, NOW)  # a period it has not heard of
    give_tokens(store, "core")
    answer(store)
    assert not has_errand(state, "", NOW)
    assert has_errand(state, "", everything_due(store))


def test_the_file_is_the_agents_alone(store: Memory) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o600
