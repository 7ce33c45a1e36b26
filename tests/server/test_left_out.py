"""A store made of a copy releases nothing that may have been released since the copy was taken."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import company
import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.db import Store
from server.errors import UsageError
from server.ingest.uptime import CollectorHour
from server.people.models import Organisation
from server.people.weeks import monday_of
from server.privacy.left_out import periods_left_out, weeks_left_out
from server.privacy.release_store import AlreadyReleased, released_weeks
from server.privacy.restored import note_not_released, note_restored
from server.privacy.sentiment_weekly import release_closed_periods
from server.privacy.weekly import release_due, release_up_to, release_week
from server.pulse.models import PulsePeriod
from server.upkeep.backup import backup

WEEKS = ["2026-W10", "2026-W11", "2026-W12"]
AFTER_W11 = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
"""The cut-off of week 11 has just passed, that of week 12 has not."""
MUCH_LATER = AFTER_W11 + timedelta(days=7)
Run = Callable[..., Result]


@pytest.fixture
def team(store: Store, org: Organisation) -> Organisation:
    """Eight people who used their laptops in three weeks, with a collector that was always up."""
    names = [f"p{number}" for number in range(8)]
    with store.transaction() as session:
        company.bring_in_people(
            session,
            org,
            [{"person": name, "hire": "2020-01-06"} for name in names],
            [{"person": name, "from": "2020-01-06", "unit": "U", "team": "T"} for name in names],
        )
        for name in names:
            company.enrol(session, org.org_id, name, name, date(2026, 1, 5), date(2026, 1, 5))
        session.add_all(CollectorHour(hour=AFTER_W11 + timedelta(hours=at)) for at in range(-200, 300))
    company.send_days(
        store,
        org.org_id,
        [
            {"device": name, "date": str(monday_of(week)), "usage_hours": 6.0, "app_crashes": 1}
            for week in WEEKS
            for name in names
        ],
    )
    return org


def released(store: Store, org: Organisation) -> list[str]:
    with store.reading() as session:
        return released_weeks(session, org.org_id)


def test_weeks_whose_cut_off_has_passed_are_left_out_and_later_ones_are_released(
    store: Store, team: Organisation
) -> None:
    release_week(store, team.org_id, "2026-W10", AFTER_W11)
    assert note_restored(store, AFTER_W11) == ["main: 2026-W11"]
    assert release_due(store, AFTER_W11) == "nothing is due"
    with pytest.raises(AlreadyReleased, match="db not-released 2026-W11"):
        list(release_up_to(store, team.org_id, "2026-W11", AFTER_W11))
    with pytest.raises(AlreadyReleased, match="restored"):
        release_week(store, team.org_id, "2026-W11", AFTER_W11)
    release_due(store, MUCH_LATER)
    assert released(store, team) == ["2026-W10", "2026-W12"]


def test_by_hand_too_they_are_passed_over(store: Store, team: Organisation) -> None:
    release_week(store, team.org_id, "2026-W10", AFTER_W11)
    note_restored(store, AFTER_W11)
    done = list(release_up_to(store, team.org_id, "2026-W12", MUCH_LATER))
    assert [one.release.week for one in done] == ["2026-W12"]


def test_a_copy_without_any_release_leaves_out_all_weeks_before(store: Store, team: Organisation) -> None:
    with store.transaction() as session:
        session.get_one(Organisation, team.org_id).created_on = monday_of("2026-W09")
    assert note_restored(store, AFTER_W11) == ["main: 2026-W09, 2026-W10, 2026-W11"]
    assert note_restored(store, AFTER_W11) == note_restored(store, AFTER_W11), "it may be said again"
    release_due(store, MUCH_LATER)
    assert released(store, team) == ["2026-W12"]


def test_what_somebody_knows_was_not_released_is_released(store: Store, team: Organisation) -> None:
    release_week(store, team.org_id, "2026-W10", AFTER_W11)
    note_restored(store, AFTER_W11)
    with store.transaction() as session:
        note_not_released(session, team.org_id, "2026-W11")
    with store.transaction() as session, pytest.raises(UsageError, match="is not left out"):
        note_not_released(session, team.org_id, "2026-W11")
    release_due(store, AFTER_W11)
    assert released(store, team) == ["2026-W10", "2026-W11"]


def test_the_same_of_pulse_periods(store: Store, team: Organisation) -> None:
    """Of those that nobody answered, and those that still run, nothing was released."""
    with store.transaction() as session:
        for name, closed, answered in (("2026-P01", True, 9), ("2026-P02", True, 0), ("2026-P03", False, 9)):
            session.add(
                PulsePeriod(
                    org_id=team.org_id,
                    period=name,
                    first_day=date(2026, 1, 1),
                    last_day=date(2026, 1, 28),
                    labels=b"",
                    labels_hash="",
                    closed=closed,
                    issued=9,
                    answered=answered,
                )
            )
    note_restored(store, AFTER_W11)
    with store.transaction() as session:
        assert periods_left_out(session, team.org_id) == ["2026-P01"]
        assert release_closed_periods(session, team.org_id, 5, AFTER_W11.date()) == []
        note_not_released(session, team.org_id, "2026-P01")
        assert release_closed_periods(session, team.org_id, 5, AFTER_W11.date()) == ["2026-P01"]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_restored_copy_is_of_this_version_and_knows_what_it_leaves_out(
    store: Store, team: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEX_DATABASE_URL", raising=False)
    monkeypatch.setattr("server.commands.db.utc_now", lambda: AFTER_W11)
    release_week(store, team.org_id, "2026-W10", AFTER_W11)
    backup(store, tmp_path / "copy")
    data = tmp_path / "new"
    done = CliRunner().invoke(main, ["db", "restore", str(tmp_path / "copy"), "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert "main: 2026-W11" in done.stdout
    assert [file.name for file in data.glob("dex.sqlite3*")] == ["dex.sqlite3"]
    restored = Store(f"sqlite:///{data}/dex.sqlite3")
    with restored.reading() as session:
        assert weeks_left_out(session, team.org_id) == ["2026-W11"]
    restored.close()
    with store.reading() as session:
        assert weeks_left_out(session, team.org_id) == [], "the store that was copied goes on"


def test_the_commands_for_a_postgresql_that_was_restored_by_other_means(
    store: Store, team: Organisation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.commands.db.utc_now", lambda: AFTER_W11)
    release_week(store, team.org_id, "2026-W10", AFTER_W11)
    assert run("db", "restored").stdout == "main: 2026-W11\n"
    assert run("db", "not-released", "2026-W11").exit_code == 0
    refused = run("db", "not-released", "2026-W11")
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    with store.reading() as session:
        assert weeks_left_out(session, team.org_id) == []
