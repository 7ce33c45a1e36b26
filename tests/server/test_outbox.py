"""Messages are written with their cause, sent once, tried again, and given up in the end."""

import threading
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from collector_process import START_SECONDS, Worker
from mail_server import mail_server
from sqlalchemy.orm import Session
from waiting import wait_until

from server.clock import utc_now
from server.config import Settings
from server.db import Store
from server.jobs.models import JobState
from server.jobs.run import run_due
from server.jobs.table import DELIVERY, jobs_of
from server.outbox import delivery as delivery_job
from server.outbox.delivery import deliver, delivery
from server.outbox.models import GIVEN_UP, MAIL, SENT, WAITING, WEBHOOK, OutboxRow
from server.outbox.store import (
    FIRST_WAIT,
    LEASE,
    LONGEST_WAIT,
    MOST_TRIES,
    OLDEST,
    put,
    try_again,
    wait_after,
)
from server.outbox.trouble import NotSent, Trouble
from server.people.models import Organisation
from server.people.organisations import create_organisation

CONTENT = {"subject": "s", "text": "t", "path": "/"}


class Door:
    """Sends nothing, and counts; `trouble` is what it meets."""

    def __init__(self, trouble: NotSent | BaseException | None = None) -> None:
        self.sent: list[UUID] = []
        self.trouble = trouble

    def __call__(self, _store: Store, message, _now) -> None:
        self.sent.append(message.message_id)
        if self.trouble is not None:
            raise self.trouble


def write(store: Store, org: Organisation, now, *causes: str, kind: str = MAIL) -> None:
    with store.transaction() as session:
        for cause in causes:
            put(session, org.org_id, kind, f"{kind}@example.org", cause, CONTENT, now)


def rows(store: Store, org: Organisation) -> list[OutboxRow]:
    with store.reading() as session:
        query = sa.select(OutboxRow).where(OutboxRow.org_id == org.org_id)
        return list(session.scalars(query.order_by(OutboxRow.cause)))


def test_a_message_is_there_only_if_its_cause_is(store, org, clock):
    with store.engine.connect() as connection, Session(connection) as session:
        assert put(session, org.org_id, MAIL, "it@example.org", "never", CONTENT, clock())
        session.rollback()
    assert rows(store, org) == []


def test_one_cause_writes_once_to_each_recipient_and_leaves_the_rest_of_its_transaction(store, org, clock):
    write(store, org, clock(), "a")
    with store.transaction() as session:
        assert not put(session, org.org_id, MAIL, "mail@example.org", "a", CONTENT, clock())
        assert put(session, org.org_id, MAIL, "other@example.org", "a", CONTENT, clock())
    assert len(rows(store, org)) == 2


def test_each_is_sent_once_and_marked(store, org, clock):
    write(store, org, clock(), "a", "b")
    door = Door()
    assert deliver(store, {MAIL: door}, clock()) == "2 messages sent, 0 not"
    assert deliver(store, {MAIL: door}, clock()) == "0 messages sent, 0 not"
    assert len(set(door.sent)) == len(door.sent) == 2
    assert {(row.state, row.attempts, row.ended_on) for row in rows(store, org)} == {
        (SENT, 1, clock().date())
    }


def test_what_fails_for_now_is_tried_later_and_later(store, org, clock):
    write(store, org, clock(), "a")
    door = Door(NotSent(Trouble.NOT_NOW))
    deliver(store, {MAIL: door}, clock())
    (row,) = rows(store, org)
    assert (row.state, row.attempts, row.last_error) == (WAITING, 1, "refused for now")
    assert FIRST_WAIT / 2 <= row.due - clock() <= FIRST_WAIT
    deliver(store, {MAIL: door}, clock())
    assert len(door.sent) == 1, "not before its time"
    for tries in range(1, MOST_TRIES):
        assert wait_after(tries) <= LONGEST_WAIT
        clock.now += LONGEST_WAIT
        deliver(store, {MAIL: door}, clock())
    (row,) = rows(store, org)
    assert (row.state, len(door.sent)) == (GIVEN_UP, MOST_TRIES)
    assert len(set(door.sent)) == 1, "a repeat is recognised by its id"
    clock.now += LONGEST_WAIT
    deliver(store, {MAIL: door}, clock())
    assert len(door.sent) == MOST_TRIES


def test_waits_are_spread():
    assert len({wait_after(5) for _ in range(20)}) > 10


def test_what_fails_for_good_is_given_up_at_once(store, org, clock):
    write(store, org, clock(), "a")
    deliver(store, {MAIL: Door(NotSent(Trouble.REFUSED, final=True))}, clock())
    (row,) = rows(store, org)
    assert (row.state, row.ended_on) == (GIVEN_UP, clock().date())


def test_a_shut_door_is_tried_once_a_run_and_keeps_nobody_else_waiting(store, org, clock):
    write(store, org, clock(), "a", "b")
    write(store, org, clock(), "c", kind=WEBHOOK)
    mail, hook = Door(NotSent(Trouble.UNREACHABLE, door_shut=True)), Door()
    assert deliver(store, {MAIL: mail, WEBHOOK: hook}, clock()) == "1 messages sent, 1 not"
    assert (len(mail.sent), len(hook.sent)) == (1, 1)


def test_a_message_that_breaks_the_sender_keeps_nobody_else_waiting(store, org, clock):
    write(store, org, clock(), "a")
    write(store, org, clock(), "b", kind=WEBHOOK)
    assert deliver(store, {MAIL: Door(ValueError()), WEBHOOK: Door()}, clock()) == "1 messages sent, 1 not"
    assert rows(store, org)[0].last_error == "fault of this program"


def test_an_organisation_with_slow_receivers_keeps_no_other_waiting_for_ever(store, org, clock, monkeypatch):
    """Each run has time for one message, and the first organisation has more of them than there are runs."""
    with store.transaction() as session:
        other = create_organisation(session, "other", "Other", clock().date())
    write(store, org, clock(), *map(str, range(40)))
    write(store, other, clock(), "only")
    monkeypatch.setattr(delivery_job, "RUN_SECONDS", 0.02)
    for _ in range(30):
        deliver(store, {MAIL: lambda *_: time.sleep(0.02)}, clock())
        if rows(store, other)[0].state == SENT:
            return
    pytest.fail("it never had its turn")


def test_a_kind_without_a_way_waits_without_being_tried(store, org, clock):
    write(store, org, clock(), "a")
    deliver(store, {WEBHOOK: Door()}, clock())
    (row,) = rows(store, org)
    assert (row.state, row.attempts) == (WAITING, 0)
    clock.now += OLDEST
    deliver(store, {WEBHOOK: Door()}, clock())
    assert rows(store, org)[0].state == WAITING
    clock.advance(days=1)
    deliver(store, {WEBHOOK: Door()}, clock())
    (row,) = rows(store, org)
    assert (row.state, row.last_error, row.ended_on) == (GIVEN_UP, "too old", clock().date())
    with store.transaction() as session:
        assert try_again(session, org.org_id, [row.message_id], clock()) == 1
    assert deliver(store, {MAIL: Door()}, clock()) == "1 messages sent, 0 not"


def test_two_workers_at_once_send_each_message_once(store, org, clock):
    write(store, org, clock(), *(f"{number}" for number in range(30)))
    door = Door()
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait()
        for _ in range(30):  # one that lost a race looks again
            deliver(store, {MAIL: door}, clock())

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert max(Counter(door.sent).values()) == 1
    assert len(door.sent) == 30
    assert {row.state for row in rows(store, org)} == {SENT}


def test_a_worker_that_died_between_sending_and_marking_repeats_it_once(store, org, clock):
    write(store, org, clock(), "a")
    dying = Door(KeyboardInterrupt())  # as a kill: nothing after it runs
    with pytest.raises(KeyboardInterrupt):
        deliver(store, {MAIL: dying}, clock())
    door = Door()
    clock.now += LEASE - timedelta(seconds=1)
    deliver(store, {MAIL: door}, clock())
    assert door.sent == [], "somebody may still be at it"
    clock.advance(seconds=1)
    deliver(store, {MAIL: door}, clock())
    clock.advance(days=1)
    deliver(store, {MAIL: door}, clock())
    assert door.sent == dying.sent


def test_the_job_sends_mail_with_the_place_that_says_more(store, org, clock, settings):
    write(store, org, clock(), "a")
    with mail_server() as box:
        mailing = Settings(
            data=settings.data,
            database_url=settings.database_url,
            public_url="https://dex.example.org",
            smtp_url=f"smtp://127.0.0.1:{box.port}?starttls=never",
            mail_from="dex@example.org",
        )
        assert delivery(mailing)(store, clock()) == "1 messages sent, 0 not"
        (letter,) = box.letters
    assert letter.get_content().split() == ["t", "https://dex.example.org/"]
    assert letter["Message-ID"] == f"<{rows(store, org)[0].message_id}@example.org>"


def test_the_job_is_one_of_the_installation(store, clock, settings):
    assert DELIVERY in run_due(store, jobs_of(settings), clock)


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True
)
def test_a_real_worker_killed_while_the_mail_server_answers_repeats_that_letter_once(store, org, settings):
    write(store, org, utc_now(), "a", "b")
    with mail_server() as box:
        mailing = {
            "DEX_SMTP_URL": f"smtp://127.0.0.1:{box.port}?starttls=never",
            "DEX_MAIL_FROM": "dex@example.org",
        }
        box.hang = True
        with Worker(settings.data, settings.database_url, mailing) as worker:
            worker.start()
            wait_until(lambda: box.letters, START_SECONDS)
            worker.kill()
            box.hang = False
            _end_leases(store)
            worker.start()
            wait_until(lambda: {row.state for row in rows(store, org)} == {SENT}, START_SECONDS)
    seen = Counter(letter["Message-ID"] for letter in box.letters)
    assert sorted(seen.values()) == [1, 2]


def _end_leases(store: Store) -> None:
    """As if the time of the killed worker's leases were over."""
    with store.transaction() as session:
        session.execute(sa.update(JobState).values(lease_until=None))
        for row in session.scalars(
            sa.select(OutboxRow), execution_options={"without_org": "the test's only organisation"}
        ):
            row.due -= LEASE
