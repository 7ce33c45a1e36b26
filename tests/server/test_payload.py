"""Whatever a body holds, it is taken, cleaned or refused in a sentence; what is taken is valid throughout."""

import contextlib
import json
from datetime import date
from typing import Any
from uuid import UUID

import factories
import msgspec
import pytest
from factories import EnrolledDevice
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.signals import AGENT_STATS, APPS, EVENT, EVENT_DETAIL, FACTS, SERVICES, SUMMARY
from server.drops import DROPPED_REPORTED, DROPS_MOST, Reason
from server.errors import Problem
from server.ingest.payload import Batch, InvalidBatch, parse_batch

DEVICE = EnrolledDevice(UUID(int=1), UUID(int=2), UUID(int=3, version=4), "")

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


def whole() -> dict[str, Any]:
    """A batch with something in every part."""
    return factories.batch(
        DEVICE,
        summary=factories.summary(
            services=[{"name": "Mail", "checks": 3, "failures": {"slow": 1}, "first_byte_ms": 90.5}],
            gap_min={"cpu": 3.5},
            agent=[{"version": "1", "dropped": {"too_old": 1}}],
        ),
        events=[
            factories.event(app="firefox", version="1", detail={"signal": "SIGSEGV"}),
            factories.event("update", detail={"result": "failed"}),
        ],
        facts={"model": "T14", "cores": 8},
    )


def paths(value: Any, base: tuple = ()) -> list[tuple]:
    found = [base] if base else []
    if isinstance(value, dict):
        items: Any = value.items()
    else:
        items = enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        found += paths(inner, (*base, name))
    return found


def changed(value: Any, path: tuple, new: Any) -> Any:
    name, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[name] = changed(value[name], tuple(rest), new) if rest else new
    return copy


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_batch_with_a_strange_place_is_cleaned_or_refused(data: st.DataObject) -> None:
    batch = whole()
    for _ in range(data.draw(st.integers(1, 3))):
        batch = changed(batch, data.draw(st.sampled_from(paths(batch))), data.draw(anything))
    taken, refused = outcome(json.dumps(batch).encode())
    if refused is not None:
        assert refused.status in (400, 422)
        assert refused.detail.endswith(".")
    else:
        assert msgspec.json.decode(msgspec.json.encode(taken), type=Batch) == taken


def outcome(body: bytes) -> tuple[Batch | None, Problem | None]:
    try:
        return parse_batch(body).batch, None
    except Problem as problem:
        return None, problem


@settings(max_examples=200, deadline=None)
@given(anything)
def test_any_json_is_refused_in_a_sentence(content: Any) -> None:
    with pytest.raises(Problem):
        parse_batch(json.dumps(content).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(Problem):
        parse_batch(content)


def test_cleaning_changes_nothing_in_what_is_valid() -> None:
    plain = parse_batch(json.dumps(whole()).encode())
    ids = {"batch_id": str(plain.batch.batch_id)}
    events = json.loads(msgspec.json.encode(plain.batch.events))
    again = parse_batch(json.dumps(whole() | ids | {"events": events, "new": 1}).encode())
    assert (plain.drops.count, again.drops.count) == (0, 1)
    assert again.batch == plain.batch
    assert plain.batch.day == date(2026, 3, 4)


@pytest.mark.parametrize("field", [f for f in SUMMARY if f.kind in ("number", "count")], ids=lambda f: f.name)
def test_bounds_are_those_of_the_vocabulary(field) -> None:
    edges = [field.low] if field.high == float("inf") else [field.low, field.high]
    whole_number = field.kind == "count"
    good = [int(edge) if whole_number else edge for edge in edges]
    for value in good:
        batch = factories.batch(DEVICE, summary={"revision": 1} | {field.name: value})
        assert parse_batch(json.dumps(batch).encode()).drops.count == 0
    bad = [good[0] - 1, *(edge + 1 for edge in good[1:])]
    if field.name == "revision":
        return
    for value in bad:
        batch = factories.batch(DEVICE, summary={"revision": 1, field.name: value})
        [dropped] = parse_batch(json.dumps(batch).encode()).drops.named
        assert dropped["pointer"] == f"/summary/{field.name}"


def test_names_with_control_characters_are_left_out() -> None:
    summary = factories.summary(apps=[{"name": "a\u0000b"}, {"name": "c\n"}, {"name": "日本語 é"}])
    parsed = parse_batch(json.dumps(factories.batch(DEVICE, summary=summary)).encode())
    assert [app.name for app in parsed.batch.summary.apps] == ["日本語 é"]


def test_an_answer_names_the_first_drops_and_counts_all() -> None:
    summary = factories.summary(**{f"new{n}": n for n in range(1000)})
    drops = parse_batch(json.dumps(factories.batch(DEVICE, summary=summary)).encode()).drops
    assert (drops.count, len(drops.named)) == (1000, DROPPED_REPORTED)


@pytest.mark.parametrize("unknown", [DROPS_MOST, DROPS_MOST + 1], ids=["with what is repeated", "alone"])
def test_a_batch_of_which_too_much_would_be_left_out_is_refused(unknown: int) -> None:
    events = [factories.event()] * 2
    batch = factories.batch(DEVICE, events=events) | {f"new{n}": n for n in range(unknown)}
    with pytest.raises(InvalidBatch, match=f"More than {DROPS_MOST} values"):
        parse_batch(json.dumps(batch).encode())


DROPPED = {
    "a field nobody knows": ({"summary": {"mood": 1}}, ("unknown-field", "summary")),
    "a part nobody knows": ({"user": "anna"}, ("unknown-field", "batch")),
    "a source nobody knows": (
        {"summary": {"coverage": {"camera": "ok"}}},
        ("unknown-field", "summary.coverage"),
    ),
    "a field of another kind of event": (
        {"events": [factories.event("update", hour=9)]},
        ("unknown-field", "events.update"),
    ),
    "a fact nobody knows": ({"facts": {"owner": "anna"}}, ("unknown-field", "facts")),
    "a kind of event nobody knows": ({"events": [factories.event("boot")]}, ("unknown-kind", "events")),
    "a text where a number belongs": ({"summary": {"boot_s": "fast"}}, ("invalid-value", "summary.boot_s")),
    "a word that is none": ({"summary": {"cpu_source": "guess"}}, ("invalid-value", "summary.cpu_source")),
    "a half of a whole number": ({"summary": {"boots": 1.5}}, ("invalid-value", "summary.boots")),
    "a row without a name": ({"summary": {"apps": [{"hours": 1}]}}, ("invalid-value", "summary.apps")),
    "a day of 26 hours": ({"summary": {"usage_s": 93_600}}, ("out-of-bounds", "summary.usage_s")),
    "a wait below nothing": (
        {"summary": {"boot_list_s": [20, -1]}},
        ("out-of-bounds", "summary.boot_list_s"),
    ),
    "a gap longer than a day": (
        {"summary": {"gap_min": {"cpu": 5000}}},
        ("out-of-bounds", "summary.gap_min.cpu"),
    ),
    "a reason of the agent's own": (
        {"summary": {"agent": [{"dropped": {"anna": -1}}]}},
        ("out-of-bounds", "summary.agent.dropped"),
    ),
    "an hour of a crash": ({"events": [factories.event(hour=24)]}, ("out-of-bounds", "events.crash.hour")),
    "more starts than are taken": (
        {"summary": {"boot_list_s": [1.0] * 201}},
        ("too-many", "summary.boot_list_s"),
    ),
    "more services than are taken": (
        {"summary": {"services": [{"name": f"{n}"} for n in range(201)]}},
        ("too-many", "summary.services"),
    ),
    "an application twice": (
        {"summary": {"apps": [{"name": "firefox"}, {"name": "firefox", "hours": 2}]}},
        ("repeated", "summary.apps"),
    ),
    "a service twice": (
        {"summary": {"services": [{"name": "Mail"}, {"name": "Mail"}]}},
        ("repeated", "summary.services"),
    ),
    "an event twice": ({"events": [factories.event()] * 2}, ("repeated", "events")),
}


@pytest.mark.parametrize(("parts", "counted"), DROPPED.values(), ids=DROPPED)
def test_what_is_dropped_has_a_reason_and_a_name_of_ours(parts: dict, counted: tuple[str, str]) -> None:
    summary = {"summary": {"revision": 1} | parts["summary"]} if "summary" in parts else {}
    drops = parse_batch(json.dumps(factories.batch(DEVICE, **parts | summary)).encode()).drops
    assert drops.counts == {counted: 1}
    assert drops.named[0]["type"].endswith(f":{counted[0]}")


def names_of_ours() -> set[str]:
    """Every word that may stand in the name of a dropped field."""
    tables = (SUMMARY, APPS, SERVICES, AGENT_STATS, EVENT, FACTS, *EVENT_DETAIL.values())
    fields = {field for table in tables for field in table}
    words = {field.name for field in fields} | {choice for field in fields for choice in field.choices}
    return words | {"batch", "summary", "events", "facts"}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_name_that_a_sender_made_up_is_counted(data: st.DataObject) -> None:
    batch = whole()
    for _ in range(2):
        path = data.draw(st.sampled_from(paths(batch)))
        batch = changed(batch, path, data.draw(anything | st.dictionaries(st.just("anna"), anything)))
    with contextlib.suppress(Problem):
        counts = parse_batch(json.dumps(batch).encode()).drops.counts
        assert {reason for reason, _ in counts} <= {reason.value for reason in Reason}
        assert {word for _, field in counts for word in field.split(".")} <= names_of_ours()
