"""Operators hear of what needs them: once per cause and day, in their language, without figures or names."""

import re
from datetime import UTC, datetime, timedelta

import factories
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import server.upkeep.watch
from server.db import Store
from server.ingest.models import device_day
from server.ingest.partitions import make_weeks
from server.ingest.uptime import mark_up
from server.jobs.run import FAILURES_TOLD, RETRY, Job, run_due
from server.outbox import notices
from server.outbox.models import OutboxRow
from server.outbox.notice_texts import (
    ABOUT,
    JOB_FAILS,
    LANGUAGES,
    RELEASE_LATE,
    RELEASE_OUT,
    STORE_NEARLY_FULL,
    TEXTS,
    WEEKS_MISSING,
)
from server.outbox.notices import Notice, tell, tell_all
from server.privacy import weekly
from server.privacy.weekly import release_due
from server.upkeep.watch import watch_store

HOOK = "https://hooks.example.org/dex"


@pytest.fixture
def told(store: Store, org):
    """Adds a recipient of all subjects; gives the causes written so far, in order."""
    with store.transaction() as session:
        notices.add(session, org.org_id, "it@example.org", ["jobs", "store", "releases"], "en")

    def causes() -> list[str]:
        with store.reading() as session:
            query = sa.select(OutboxRow.cause).where(OutboxRow.org_id == org.org_id)
            return sorted(session.scalars(query))

    return causes


def messages(session: Session, org) -> list[OutboxRow]:
    return list(session.scalars(sa.select(OutboxRow).where(OutboxRow.org_id == org.org_id)))


def test_every_notice_has_a_subject_and_a_text_in_every_language_and_no_figures():
    assert set(TEXTS) == set(ABOUT)
    for texts in TEXTS.values():
        assert set(texts) == set(LANGUAGES)
        named = {frozenset(re.findall(r"{(\w+)}", " ".join(text))) for text in texts.values()}
        assert len(named) == 1, "the same names in every language"
        assert not re.search(r"\d", str(texts))


def test_each_hears_of_its_subjects_in_its_language_and_by_its_way(store, org, clock):
    with store.transaction() as session:
        notices.add(session, org.org_id, "it@example.org", ["jobs"], "de")
        notices.add(session, org.org_id, HOOK, ["jobs", "releases"], "en")
        notices.add(session, org.org_id, "hr@example.org", ["releases"], "en")
        assert tell(session, org, Notice(JOB_FAILS, {"job": "retention"}), clock()) == 2
    with store.reading() as session:
        found = {row.recipient: row.content for row in messages(session, org)}
    assert found["it@example.org"]["subject"] == "[Main] Eine Aufgabe von Employee DEX scheitert"
    assert "Aufgabe retention" in found["it@example.org"]["text"]
    assert found[HOOK] == {
        "type": "notice.job_fails",
        "data": {"organisation": "main", "job": "retention"},
        "path": "/",
    }


def test_the_same_cause_is_told_once_a_day(store, org, clock, told):
    for _ in range(3):
        with store.transaction() as session:
            tell_all(session, Notice(STORE_NEARLY_FULL), clock())
    clock.advance(days=1)
    with store.transaction() as session:
        tell_all(session, Notice(STORE_NEARLY_FULL), clock())
    assert told() == ["store_nearly_full 2026-03-04", "store_nearly_full 2026-03-05"]


def test_a_job_that_fails_three_times_in_a_row_is_told(store, org, clock, told):
    def fail(_store: Store, _now: datetime) -> str:
        raise ValueError("anna@example.org")

    for number in range(1, FAILURES_TOLD + 2):
        run_due(store, [Job("failing", timedelta(hours=1), fail)], clock)
        clock.now += RETRY
        assert told() == (["job_fails failing 2026-03-04"] if number >= FAILURES_TOLD else [])
    with store.reading() as session:
        assert "anna" not in str([row.content for row in messages(session, org)])


def test_a_store_without_next_week_is_told(pg_store, clock):
    clock.now = datetime(2031, 1, 6, tzinfo=UTC)  # nobody has made weeks there
    assert watch_store(pg_store, clock()) == WEEKS_MISSING
    make_weeks(pg_store, clock())
    assert watch_store(pg_store, clock()) == "nothing to tell"


def test_a_disk_that_is_nearly_full_is_told(sqlite_store, clock, monkeypatch):
    assert watch_store(sqlite_store, clock()) == "nothing to tell"
    monkeypatch.setattr(server.upkeep.watch, "LEAST_FREE_SHARE", 1.0)
    assert watch_store(sqlite_store, clock()) == STORE_NEARLY_FULL


def _a_day_of(store: Store, enrolled, day) -> None:
    with store.transaction() as session:
        session.execute(sa.insert(device_day).values(factories.day_row(enrolled, day)))


def test_a_week_that_cannot_be_released_is_told_a_day_after_its_cut_off_and_a_release_at_once(
    store, org, clock, enrolled, told
):
    _a_day_of(store, enrolled, clock().date())  # week 10, cut off on Wednesday, 11 March
    with store.transaction() as session:
        created = session.get_one(type(org), org.org_id)
        created.created_on = clock().date()
    clock.now = datetime(2026, 3, 11, 4, tzinfo=UTC)
    release_due(store, clock())
    assert told() == []
    clock.advance(days=1)
    for _ in range(2):
        release_due(store, clock())
    assert told() == [f"{RELEASE_LATE} 2026-W10 2026-03-12"]
    for hour in range(24):
        with store.transaction() as session:
            mark_up(session, datetime(2026, 3, 11, hour, 30, tzinfo=UTC))
    release_due(store, clock())
    assert f"{RELEASE_OUT} 2026-W10 2026-03-12" in told()


def test_a_week_whose_release_fails_is_told_too(store, org, clock, enrolled, told, monkeypatch):
    def fails(*arguments):
        raise ValueError("two teams of one name")

    _a_day_of(store, enrolled, clock().date())
    clock.now = datetime(2026, 3, 12, 4, tzinfo=UTC)
    for hour in range(24):
        with store.transaction() as session:
            mark_up(session, datetime(2026, 3, 11, hour, 30, tzinfo=UTC))
    monkeypatch.setattr(weekly, "release_week", fails)
    with pytest.raises(ValueError, match="two teams"):
        release_due(store, clock())
    assert told() == [f"{RELEASE_LATE} 2026-W10 2026-03-12"]


def test_a_notice_is_gone_with_the_transaction_that_found_it(store, org, clock, told):
    with store.engine.connect() as connection, Session(connection) as session:
        tell(session, org, Notice(STORE_NEARLY_FULL), clock())
        session.rollback()
    assert told() == []


def test_recipients_by_command(run, store, org, clock):
    added = run("notices", "add", "IT <it@example.org>", "--about", "jobs, store", "--language", "de")
    assert added.exit_code == 0, added.stderr
    assert "it@example.org hears about jobs, store." in added.stderr
    assert added.stdout == ""
    hook = run("notices", "add", HOOK)
    assert re.fullmatch(r"whsec_[\w+/]{43}=\n", hook.stdout)
    assert run("notices", "add", HOOK).stdout == hook.stdout, "a change of subjects leaves the secret"
    assert run("notices", "list").stdout.splitlines() == [
        f"{HOOK}  jobs,releases,store  en",
        "it@example.org  jobs,store  de",
    ]
    with store.transaction() as session:
        tell_all(session, Notice(STORE_NEARLY_FULL), clock())
    assert len(run("outbox", "list").stdout.splitlines()) == 2
    assert run("notices", "remove", "it@example.org").exit_code == 0
    (left,) = run("outbox", "list").stdout.splitlines()
    assert HOOK in left


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "nobody"], "not an address of mail"),
        (["add", "http://example.org/"], "https://"),
        (
            ["add", "it@example.org", "--about", "people"],
            "Notices are about alarms, jobs, releases, requests, store.",
        ),
        (["remove", "it@example.org"], "gets no notices here"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, org, words, said):
    done = run("notices", *words)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_messages_that_were_given_up_are_tried_again_or_dropped_by_command(run, store, org, clock, told):
    with store.transaction() as session:
        tell_all(session, Notice(STORE_NEARLY_FULL), clock())
        tell_all(session, Notice(WEEKS_MISSING), clock())
        for row in messages(session, org):
            row.state, row.attempts, row.last_error = "given_up", 12, "unreachable"
    lines = run("outbox", "list").stdout.splitlines()
    assert len(lines) == 2
    assert all("given up" in line and "12 tries" in line and "unreachable" in line for line in lines)
    one = lines[0].split()[0]
    assert run("outbox", "retry", one).stderr == "1 messages are tried again.\n"
    assert run("outbox", "drop", "--all").stderr == "1 messages are forgotten.\n"
    (line,) = run("outbox", "list").stdout.splitlines()
    assert line.startswith(one)
    assert " 0 tries" in line
    for words in (["retry"], ["drop", "--all", one], ["drop", "00000000-0000-0000-0000-000000000000"]):
        assert run("outbox", *words).exit_code == 2


def test_jobs_by_command(run, store, org):
    assert "make_weeks          at once           never" in run("jobs", "list").stdout
    done = run("jobs", "run", "forget_sessions")
    assert done.stdout == "0 expired links and sessions deleted, 0 looks ended\n"
    (line,) = [each for each in run("jobs", "list").stdout.splitlines() if each.startswith("forget_sessions")]
    assert line.endswith("0 expired links and sessions deleted, 0 looks ended")
    assert run("jobs", "run", "nothing").stderr.startswith("dex-server: There is no job “nothing”; there are")
