"""The questions in eight languages, the comment that is cleaned, and the list that is refused."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pulse.bank import LANGUAGES, group_name, language_of, question, say
from agent.pulse.comment import scrubbed
from agent.pulse.label_list import ListRefused, read_list
from agent.signals import LIMITS, PULSE_ITEMS

MODULUS = base64.b64encode(b"\xc1" + bytes(254) + b"\x01").decode()
STAGES = ("onboarding", "training", "role_change", "steady", "offboarding")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", PULSE_ITEMS)
def test_every_question_has_words_and_the_values_of_the_vocabulary(item: str, language: str) -> None:
    asked = question(item, language)
    assert asked.text
    assert tuple(sorted(asked.values)) == PULSE_ITEMS[item]
    assert len(asked.labels) == (2 if asked.is_row else len(asked.values))


def test_the_best_answer_of_a_frequency_is_never() -> None:
    asked = question("lost_time", "en")
    assert dict(zip(asked.labels, asked.values, strict=True))["Never"] == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said(language: str) -> None:
    values: dict[str, object] = {
        "k": 5, "n": 12, "m": 30, "group": "Web", "other": "x", "low": 1, "high": 5, "day": "2026-03-02",
    }  # fmt: skip
    for key in (
        "send", "later", "skip", "thanks", "anonymous", "counted", "who_sees", "company", "choose",
        "confirm", "comment", "leaves", "none_now", "next_on",
    ):  # fmt: skip
        text = say(key, language, **values)
        assert text
        assert "{" not in text
    assert {group_name(stage, language) for stage in STAGES}.isdisjoint(STAGES)
    assert group_name("Web + Data", language) == "Web + Data"


def test_numbers_are_in_the_digits_of_the_language() -> None:
    assert "۵" in say("anonymous", "fa", k=5)
    assert "٥" in say("anonymous", "ar", k=5)
    assert "5" in say("anonymous", "de", k=5)


@pytest.mark.parametrize(
    ("named", "language"),
    [("de_DE.UTF-8", "de"), ("fa", "fa"), ("C.UTF-8", "en"), ("", "en"), ("pt_BR", "en")],
)
def test_the_language_of_the_terminal(named: str, language: str) -> None:
    assert language_of(named) == language


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("Ask anna.b@example.org, please", "Ask … please"),
        ("Call +49 (0)30 1234-567 or 030/1234567!", "Call … or …!"),
        ("It takes 15 minutes in 2026, room 4711", "It takes 15 minutes in 2026, room 4711"),
        ("  two\n lines\t ", "two lines"),
        ("", ""),
    ],
)
def test_addresses_and_numbers_do_not_leave(written: str, leaves: str) -> None:
    assert scrubbed(written) == leaves


@given(st.text(max_size=600))
def test_a_comment_always_fits(text: str) -> None:
    cleaned = scrubbed(text)
    assert len(cleaned) <= LIMITS.comment_length
    assert "\n" not in cleaned


def published(**changes: Any) -> dict[str, Any]:
    def label(name: str, kind: str, eligible: int = 8) -> dict[str, Any]:
        slot = "comment" if kind == "comment" else "core"
        return {
            "label": name, "kind": kind, "group": "", "members": 9, "eligible": eligible,
            "keys": {slot: MODULUS},
        }  # fmt: skip

    labels = [label("row:a", "row"), label("row:small", "row", 7), label("col:b", "col")]
    document = {"organisation": "o", "period": "2026-P03", "k": 5, "least": 8, "labels": labels}
    return document | changes


def read(document: Any) -> Any:
    body = json.dumps(document).encode()
    return read_list(body, hashlib.sha256(body).hexdigest(), "2026-P03")


def test_a_list_that_protects_is_accepted() -> None:
    row, column, comment = read(published()).own("row:a", "col:b")
    assert (row.name, column.name, comment) == ("row:a", "col:b", None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [("row:small", "stands for 7 people; 8 are needed"), ("row:x", "is not in the published")],
)
def test_labels_that_do_not_protect_are_refused(row: str, reason: str) -> None:
    with pytest.raises(ListRefused, match=reason):
        read(published()).own(row, "col:b")


def test_a_list_other_than_the_announced_one_is_refused() -> None:
    body = json.dumps(published()).encode()
    with pytest.raises(ListRefused, match="not the one whose hash was announced"):
        read_list(body, hashlib.sha256(body + b" ").hexdigest(), "2026-P03")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        published(labels=[{"label": "x"}]),
        published(labels="x"),
        published(k="five"),
        published(period="2026-P04"),
        published(labels=[dict(published()["labels"][0], keys={"core": "AAAA"})]),
        published(labels=[dict(published()["labels"][0], keys={"core": "?"})]),
    ],
)
def test_lists_that_cannot_be_read_are_refused(document: Any) -> None:
    with pytest.raises(ListRefused):
        read(document)
