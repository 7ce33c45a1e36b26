"""Somebody who holds the whole database and all logs of a period cannot tell whose answer is whose.

In this simulation everybody gives another value, so that the truth is known to the test. A matcher then
tries what an administrator could try. It must not do better than by chance; and it must succeed where
answers are kept in the order in which they came, or it would prove nothing.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pulse_company
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask.testing import FlaskClient
from pulse_company import MONDAY, PERIOD, Laptop, with_tokens

from agent.pulse import memory
from agent.signals import PULSE_ITEMS
from server import create_app
from server.config import Settings
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.pulse.jobs import pulse_shuffle, start_period
from server.pulse.models import PulseAnswer, PulseMember, PulseSpent

TEAM = 10
TEAMS = {("U", "A"): TEAM, ("U", "B"): TEAM}
ROUNDS = 3
STRATEGIES = 4
"""Orders a matcher looks at: that of the table, of the keys, of spent tokens, of the bytes on the disk."""

Guess = dict[str, list[int]]
"""Row label -> the values that are stored under it, in some order the matcher found."""


@dataclass(frozen=True)
class Simulated:
    org: Organisation
    laptops: list[Laptop]
    """In the order in which they fetched their tokens, which the matcher is assumed to know."""

    def order_of(self, team: str) -> list[int]:
        """The values of a team's people, in the order in which they fetched their tokens."""
        return [value_of(self, laptop) for laptop in self.laptops if laptop.colleague.team == team]


def value_of(simulated: Simulated, laptop: Laptop) -> int:
    return simulated.laptops.index(laptop) + 1


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(MONDAY)


@pytest.fixture(autouse=True)
def everybody_another_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PULSE_ITEMS, "tech_sat", tuple(range(1, 2 * TEAM + 1)))  # type: ignore[arg-type]
    pulse_company.quick_keys(monkeypatch)


def begin(client: FlaskClient, store: Store, slug: str, folder: Path) -> Simulated:
    """A company in a period, in which everybody's laptop has its tokens."""
    with store.transaction() as session:
        org = create_organisation(session, slug, slug, MONDAY.date())
    colleagues = pulse_company.hire(store, org, TEAMS, newcomers=0)
    assert start_period(store, org, MONDAY, slots=("core",))
    random.shuffle(colleagues)
    return Simulated(org, [with_tokens(client, c, folder / slug) for c in colleagues])


def simulate(client: FlaskClient, store: Store, clock: SettableClock, slug: str, folder: Path) -> Simulated:
    """A period until its last shuffle, before it closes."""
    clock.now = MONDAY
    simulated = begin(client, store, slug, folder)
    asked_on = {id(laptop): random.randrange(7) for laptop in simulated.laptops}
    for day in range(11):
        clock.now = MONDAY + timedelta(days=day)
        for laptop in simulated.laptops:
            if asked_on[id(laptop)] == day:
                laptop.answer("core", "tech_sat", value_of(simulated, laptop), clock.now)
        _hours_pass(simulated.laptops, clock)
        pulse_shuffle(store, clock.now)
    assert not any(memory.messages(laptop.memory.db) for laptop in simulated.laptops)
    return simulated


def _hours_pass(laptops: Sequence[Laptop], clock: SettableClock) -> None:
    for _ in range(8):
        clock.advance(hours=3)
        for laptop in laptops:
            if memory.messages(laptop.memory.db):
                laptop.send(clock.now)


def guesses(store: Store, org: Organisation) -> Iterator[Guess]:
    """The orders in which answers can be read out of the database."""
    answer = PulseAnswer
    hidden = sa.null() if store.is_sqlite else sa.text("ctid")
    with store.reading() as session:
        of_org = sa.select(answer).where(answer.org_id == org.org_id)
        table = list(session.scalars(of_org.order_by(hidden)))
        yield _by_label(table)
        yield _by_label(sorted(table, key=lambda row: row.answer_id))
        spent = sa.select(PulseSpent.token_hash).where(PulseSpent.org_id == org.org_id).order_by(hidden)
        hashes = list(session.scalars(spent))
    ranks = sorted(range(len(hashes)), key=lambda i: hashes[i])
    yield _by_label([table[i] for i in ranks])
    on_disk = _bytes_of(store)
    yield _by_label(sorted(table, key=lambda row: on_disk.find(row.answer_id.hex.encode())))


def _by_label(rows: Sequence[PulseAnswer]) -> Guess:
    found: Guess = {}
    for row in rows:
        found.setdefault(row.label, []).append(row.value)
    return found


def _bytes_of(store: Store) -> bytes:
    """The database file with its log; a server's files are not ours to read, so there only the table's."""
    if not store.is_sqlite:
        return b""
    path = Path(str(store.engine.url.database))
    return b"".join(part.read_bytes() for part in sorted(path.parent.glob(path.name + "*")))


def hits(order: Sequence[int], guess: Sequence[int]) -> int:
    return sum(a == b for a, b in zip(order, guess, strict=True))


def test_a_matcher_does_no_better_than_chance(
    client: FlaskClient, store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    by_strategy = [0] * STRATEGIES
    pairs = 0
    for number in range(ROUNDS):
        simulated = simulate(client, store, clock, f"round{number}", tmp_path)
        for strategy, guess in enumerate(guesses(store, simulated.org)):
            for team in ("A", "B"):
                order = simulated.order_of(team)
                assert sorted(guess[f"row:team:{team}"]) == sorted(order)
                by_strategy[strategy] += hits(order, guess[f"row:team:{team}"])
        pairs += neighbours_that_belong_together(store, simulated.org)
    # One hit per team is what a blind guess makes in the mean, whatever the size of the team; variance is 1.
    mean = 2.0 * ROUNDS
    assert max(by_strategy) <= mean + 4.5 * mean**0.5, by_strategy
    assert pairs <= mean + 4.5 * mean**0.5


def neighbours_that_belong_together(store: Store, org: Organisation) -> int:
    """How often an answer's neighbour of the other kind of label, in the order of the table, is its twin."""
    hidden = sa.null() if store.is_sqlite else sa.text("ctid")
    with store.reading() as session:
        rows = list(
            session.scalars(sa.select(PulseAnswer).where(PulseAnswer.org_id == org.org_id).order_by(hidden))
        )
    pairs = pairwise(rows)
    return sum(a.value == b.value and a.label[:3] != b.label[:3] for a, b in pairs)


def test_the_same_matcher_finds_everybody_where_answers_leave_at_once_and_keep_their_order(
    pg_store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    client = create_app(Settings(tmp_path, ""), pg_store, clock).test_client()
    simulated = begin(client, pg_store, "in-order", tmp_path)
    for laptop in simulated.laptops:
        laptop.answer("core", "tech_sat", value_of(simulated, laptop), MONDAY)
        later = MONDAY
        while memory.messages(laptop.memory.db):
            later += timedelta(hours=6)
            laptop.send(later)
    in_table = next(guesses(pg_store, simulated.org))
    for team in ("A", "B"):
        assert hits(simulated.order_of(team), in_table[f"row:team:{team}"]) == TEAM


def test_what_the_server_saw_at_the_door_of_tokens_is_nowhere_beside_an_answer(
    client: FlaskClient,
    store: Store,
    clock: SettableClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    simulated = simulate(client, store, clock, "traces", tmp_path)
    logs = "".join(capsys.readouterr())
    with store.reading() as session:
        spent = session.scalars(sa.select(PulseSpent).where(PulseSpent.org_id == simulated.org.org_id)).all()
        answers = session.scalars(
            sa.select(PulseAnswer).where(PulseAnswer.org_id == simulated.org.org_id)
        ).all()
        members = session.scalars(
            sa.select(PulseMember).where(PulseMember.org_id == simulated.org.org_id)
        ).all()
    kept = {value for row in answers for value in (row.answer_id.bytes, row.label.encode())}
    kept |= {row.token_hash for row in spent}
    assert len(spent) == len(answers) == 4 * TEAM
    assert len(members) == 2 * TEAM
    personal = {m.person_id.bytes for m in members} | {m.device_id.bytes for m in members}
    personal |= {m.issued for m in members if m.issued is not None}
    assert not kept & personal
    for member in members:
        assert member.person_id.hex not in logs.replace("-", "")
        assert member.device_id.hex not in logs.replace("-", "")
    for laptop in simulated.laptops:
        assert memory.tokens_of(laptop.memory.db, PERIOD) == []
