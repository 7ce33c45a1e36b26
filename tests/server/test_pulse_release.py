"""A closed period: counts that do not depend on order or repetition, and scores that follow from them."""

import json
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pulse_company
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulse_company import MONDAY, PERIOD, with_tokens
from sqlalchemy.orm import Session

from agent.pulse import memory
from server.db import Store
from server.people.models import Organisation
from server.privacy.sentiment_release import make_sentiment_period
from server.privacy.sentiment_weekly import period_answers
from server.pulse.errors import TokenSpent
from server.pulse.jobs import pulse_release, pulse_shuffle, start_period
from server.pulse.labels import Label
from server.pulse.models import (
    PulseAnswer,
    PulseComment,
    PulseHistogram,
    PulseLabel,
    PulsePeriod,
    PulseSpent,
)
from server.pulse.payload import Answer, decoded
from server.pulse.periods import period_named
from server.pulse.queries import COMMENTS_LEAST, comments
from server.pulse.release import close_period
from server.pulse.shuffle import shuffle_messages
from server.pulse.store import keep_answer
from server.scoring.sentiment import sentiment_scores
from server.scoring.variance import Pool

EXAMPLES = json.loads((Path(__file__).parent / "scoring_examples.json").read_text("utf-8"))["cases"]
SENTIMENT = next(case for case in EXAMPLES if case["function"] == "sentiment")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(MONDAY)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse_company.quick_keys(monkeypatch)


def histogram(session: Session, org_id: UUID) -> dict[tuple[str, str, int], int]:
    rows = session.scalars(sa.select(PulseHistogram).where(PulseHistogram.org_id == org_id))
    return {(row.label, row.item, row.value): row.count for row in rows}


@pytest.fixture
def messages(client: FlaskClient, sqlite_store: Store, org: Organisation, tmp_path: Path) -> list[Answer]:
    """Every message of ten laptops, decoded as the door would."""
    colleagues = pulse_company.hire(sqlite_store, org)
    assert start_period(sqlite_store, org, MONDAY, slots=("core", "comment"))
    found = []
    for number, colleague in enumerate(colleagues[:10]):
        laptop = with_tokens(client, colleague, tmp_path)
        laptop.answer("core", "tech_sat", number % 5 + 1, MONDAY, comment=f"Remark {number}")
        found += [decoded(message.body, Answer) for message in memory.messages(laptop.memory.db)]
    return found


class _Undo(Exception):
    """Leaves a transaction without a trace."""


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), repeats=st.integers(0, 8), shuffles=st.integers(0, 3))
def test_any_order_and_repetition_gives_the_same_histograms(
    store: Store,
    org: Organisation,
    messages: list[Answer],
    order: random.Random,
    repeats: int,
    shuffles: int,
) -> None:
    expected = Counter((m.label, m.item, m.value) for m in messages if m.value is not None)
    sent = [*messages, *order.sample(messages, repeats)]
    order.shuffle(sent)
    moments = {order.randrange(len(sent)) for _ in range(shuffles)}
    refused = 0
    counted: dict[tuple[str, str, int], int] = {}
    with suppress(_Undo), store.transaction() as session:
        for number, message in enumerate(sent):
            try:
                keep_answer(session, message, MONDAY)
            except TokenSpent:
                refused += 1
            if number in moments:
                session.flush()
                shuffle_messages(session, org.org_id)
        session.flush()
        close_period(session, org.org_id, PERIOD)
        session.flush()
        counted = histogram(session, org.org_id)
        raise _Undo
    assert counted == expected
    assert refused == repeats


def test_closing_counts_once_and_deletes_the_messages(
    client: FlaskClient, store: Store, org: Organisation, tmp_path: Path
) -> None:
    colleagues = pulse_company.hire(store, org)
    start_period(store, org, MONDAY, slots=("core", "comment"))
    for number, colleague in enumerate(colleagues):
        laptop = with_tokens(client, colleague, tmp_path)
        if number < 20:
            laptop.answer("core", "tech_sat", 4, MONDAY, comment=f"Remark {number}")
        later = MONDAY
        while memory.messages(laptop.memory.db):
            later += timedelta(hours=6)
            laptop.send(later)
    pulse_shuffle(store, MONDAY)
    assert pulse_release(store, MONDAY) == "0 pulse periods closed"
    after = MONDAY + timedelta(days=32)
    assert pulse_release(store, after) == "1 pulse periods closed"
    assert pulse_release(store, after) == "0 pulse periods closed"
    with store.reading() as session:
        closed = session.get_one(PulsePeriod, (org.org_id, PERIOD))
        assert (closed.issued, closed.answered) == (27, 20)
        counts = histogram(session, org.org_id)
        assert sum(n for (label, _, _), n in counts.items() if label.startswith("row:")) == 20
        assert sum(n for (label, _, _), n in counts.items() if label.startswith("col:")) == 20
        for table in (PulseAnswer, PulseSpent):
            assert session.scalars(sa.select(table).where(table.org_id == org.org_id)).all() == []
        assert len(comments(session, org.org_id, PERIOD)) == 20


def test_comments_are_handed_out_from_ten_on_and_after_the_period(store: Store, org: Organisation) -> None:
    def count(session: Session) -> int:
        return len(comments(session, org.org_id, PERIOD))

    with store.transaction() as session:
        _add_period(session, org.org_id, PERIOD, closed=False)
        for number in range(COMMENTS_LEAST):
            _add_comment(session, org.org_id, f"Remark {number}")
        session.flush()
        assert count(session) == 0
        session.get_one(PulsePeriod, (org.org_id, PERIOD)).closed = True
        session.flush()
        assert count(session) == COMMENTS_LEAST
        one = sa.select(PulseComment).where(PulseComment.org_id == org.org_id).limit(1)
        session.delete(session.scalars(one).one())
        session.flush()
        assert count(session) == 0


def _add_comment(session: Session, org_id: UUID, text: str) -> None:
    session.add(PulseComment(org_id=org_id, comment_id=uuid4(), period=PERIOD, text=text))


def _add_period(session: Session, org_id: UUID, name: str, closed: bool) -> None:
    period = period_named(name)
    session.add(
        PulsePeriod(
            org_id=org_id,
            period=name,
            first_day=period.first,
            last_day=period.last,
            labels=b"",
            labels_hash="",
            closed=closed,
        )
    )


def _label_of(row: dict[str, Any]) -> Label:
    return Label(row["kind"], row["unit"] or "", row["team"] or "", row["stage"] or "")


def _store_answers(store: Store, org_id: UUID, rows: list[dict[str, Any]]) -> None:
    """The example's answers, one message each, as the door would have stored them."""
    with store.transaction() as session:
        for period in sorted({row["period"] for row in rows}):
            _add_period(session, org_id, period, closed=False)
            of_period = [row for row in rows if row["period"] == period]
            for label in {_label_of(row) for row in of_period}:
                session.add(
                    PulseLabel(
                        org_id=org_id,
                        period=period,
                        label=label.name,
                        kind=label.kind,
                        unit=label.unit,
                        team=label.team,
                        stage=label.stage,
                        members=20,
                        eligible=20,
                    )
                )
            for row in of_period:
                for _ in range(row["count"]):
                    session.add(
                        PulseAnswer(
                            org_id=org_id,
                            answer_id=uuid4(),
                            period=period,
                            label=_label_of(row).name,
                            item="tech_sat",
                            value=row["value"],
                        )
                    )


def test_the_worked_example_of_sentiment_holds_through_the_store(store: Store, org: Organisation) -> None:
    rows, expected = SENTIMENT["input"]["pulse"], SENTIMENT["expected"]
    _store_answers(store, org.org_id, rows)
    names = sorted({row["period"] for row in rows})
    pulse_shuffle(store, MONDAY)
    pulse_release(store, MONDAY + timedelta(days=400))
    with store.reading() as session:
        periods = [make_sentiment_period(period_answers(session, org.org_id, name)) for name in names][-3:]
    scores = sentiment_scores([p.groups for p in periods], sum((p.pool for p in periods), Pool()))
    assert scores.within == pytest.approx(expected["s2"], rel=1e-9)
    assert scores.between == pytest.approx(expected["tau2"], rel=1e-9)
    assert set(scores.groups) == set(expected["blocks"])
    for group, block in expected["blocks"].items():
        assert scores.groups[group].value == pytest.approx(block["value"], rel=1e-9)
        assert scores.groups[group].variance == pytest.approx(block["var"], rel=1e-9)
        assert scores.groups[group].answers == block["answers"]
