"""What an agreement bounds: an order on bounds, and batches that never hold more than they allow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from countersigner import edition
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.agreed.agreement import (
    AT_LEAST,
    AT_MOST,
    BUILT_IN,
    NOTHING,
    Bounds,
    Unreadable,
    bounds_of,
    built_in_document,
    canonical,
    ended_document,
    excess,
    meet,
)
from agent.signals import EVENT_DETAIL, EVENT_KINDS, FACTS, SUMMARY

SERVICES = [{"name": "Mail", "host": "mail.example.org", "port": 993}]
EVERYTHING = bounds_of(edition(services=SERVICES, applications=["firefox", "code", "okular"]))

some_bounds = st.builds(
    Bounds,
    st.frozensets(st.sampled_from(sorted(EVERYTHING.named))),
    st.fixed_dictionaries({bound: st.integers(0, 4) for bound in AT_MOST}),
    st.fixed_dictionaries({bound: st.integers(0, 4) for bound in AT_LEAST}),
)


@given(some_bounds, some_bounds, some_bounds)
@settings(max_examples=60, deadline=None)
def test_staying_within_is_an_order(a: Bounds, b: Bounds, c: Bounds) -> None:
    assert excess(a, a) == []
    both = meet(a, b)
    assert excess(both, a) == [] == excess(both, b)
    if excess(c, a) == [] == excess(c, b):
        assert excess(c, both) == []
    if excess(a, b) == [] == excess(b, c):
        assert excess(a, c) == []
    assert excess(meet(both, c), b) == []


def test_an_ended_agreement_is_within_every_other_and_has_no_other_within() -> None:
    assert bounds_of(ended_document(3)) == NOTHING
    assert excess(NOTHING, BUILT_IN) == []
    assert excess(BUILT_IN, NOTHING) != []


def values_of_every_field() -> dict[str, Any]:
    """A summary with all that the vocabulary has; two applications, of which one is listed."""
    summary: dict[str, Any] = {field.name: 1.0 for field in SUMMARY}
    for field in SUMMARY:
        if field.rows:
            summary[field.name] = [{row.name: 1.0 for row in field.rows}]
    rows = [
        {"name": name, "version": "1", "hours": 2.0, "crashes": 1} for name in ("firefox", "code", "other")
    ]
    return summary | {"apps": rows, "services": [{"name": "Mail", "checks": 3}]}


@given(some_bounds)
@settings(max_examples=60, deadline=None)
def test_nothing_outside_the_agreement_gets_into_a_batch(bounds: Bounds) -> None:
    summary = bounds.of_summary(values_of_every_field())
    for name, value in summary.items():
        assert ("summary", name) in bounds.named
        for row in value if isinstance(value, list) else ():
            # "other" is no name of anything, and stands where the names were taken out.
            columns = set(row) - ({"name", "version"} if row.get("name") == "other" else set())
            assert all(("summary", name, column) in bounds.named for column in columns)
    for row in summary.get("apps", ()):
        assert row.get("name", "other") == "other" or ("applications", row["name"]) in bounds.named
    for row in summary.get("services", ()):
        assert ("services", row["name"], "mail.example.org:993") in bounds.named
    for event in filter(None, map(bounds.of_event, events_of_every_kind())):
        assert_agreed(event, bounds)
    facts = bounds.of_facts({field.name: "x" for field in FACTS})
    assert all(("facts", name) in bounds.named for name in facts)


def events_of_every_kind() -> list[dict[str, Any]]:
    return [
        {
            "event_id": "e",
            "kind": kind,
            "hour": 9,
            "app": "firefox",
            "version": "1",
            "value": 7.0,
            "detail": {field.name: "Mail" for field in EVENT_DETAIL[kind]},
        }
        for kind in EVENT_KINDS
    ]


def assert_agreed(event: Mapping[str, Any], bounds: Bounds) -> None:
    kind = event["kind"]
    assert ("events", kind) in bounds.named
    assert all(("event", name) in bounds.named for name in event if name not in ("detail", "version"))
    assert event.get("app", "other") == "other" or ("applications", "firefox") in bounds.named
    detail = event.get("detail", {})
    assert all(("events", kind, name) in bounds.named for name in detail)
    assert "service" not in detail or ("services", "Mail", "mail.example.org:993") in bounds.named


def test_unlisted_applications_become_one_row_of_their_sums() -> None:
    bounds = bounds_of(edition(applications=["firefox"]))
    rows = [
        {"name": "firefox", "version": "1", "hours": 2.0},
        {"name": "code", "version": "2", "hours": 1.5, "crashes": 1},
        {"name": "other", "version": "", "hours": 0.25},
    ]
    assert bounds.of_summary({"apps": rows})["apps"] == [
        rows[0],
        {"name": "other", "version": "", "hours": 1.75, "crashes": 1},
    ]


def test_the_canonical_bytes_are_those_that_the_documentation_describes() -> None:
    assert canonical({"b": ["ü", 1.5], "a": {}}) == '{"a":{},"b":["ü",1.5]}'.encode()
    with pytest.raises(Unreadable):
        canonical({"a": float("nan")})
    with pytest.raises(Unreadable):
        canonical({"a": "\ud800"})


@pytest.mark.parametrize(
    "parts",
    [
        {"format": "employee-dex agreement 2"},
        {"summary": "everything"},
        {"events": {"crash": "signal"}},
        {"applications": ["firefox", 3]},
        {"services": ["mail.example.org"]},
        {"at_most": {"rows_days": "long"}},
        {"at_most": {"rows_days": float("nan")}},
        {"at_least": []},
    ],
)
def test_a_document_that_cannot_be_read_says_so(parts: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match=r"^The .*\.$"):
        bounds_of(built_in_document() | parts)


def test_the_documents_of_the_first_releases_are_read() -> None:
    """They list the fields of a summary without those of its tables, no bounds, and no faults."""
    old = {name: built_in_document()[name] for name in ("events", "facts", "applications", "services")}
    bounds = bounds_of(old | {"agreed": False, "text": "…", "summary": [field.name for field in SUMMARY]})
    agreed = frozenset(part for part in BUILT_IN.named if part[0] != "faults")
    assert bounds == replace(BUILT_IN, named=agreed)
