"""What the collectors give is kept once, with its cursor, or not at all."""

from datetime import UTC, datetime

import pytest

from agent.local_time import day_of, midnight_before
from agent.reading import Happening, Reading
from agent.signals import LIMITS, Sample
from agent.store import minutes, observations
from agent.store.local_store import LocalStore, dropped_by_reason
from agent.store.observations import SourceState, Tick

NOON = midnight_before(1_772_600_000.0) + 12 * 3600
TODAY = day_of(NOON)


def crash(at: float, app: str = "firefox") -> Happening:
    return Happening("crash", datetime.fromtimestamp(at, UTC), app=app)


def record(store: LocalStore, at: float, reading: Reading, offset: float = 0.0) -> None:
    with store.transaction() as db:
        observations.record(db, Tick(at, {"source": reading}, {}, offset))


def test_a_reading_and_its_cursor_are_kept_together(local_store: LocalStore) -> None:
    reading = Reading([Sample("disk_free_pct", 30.0)], [crash(NOON - 5)], "c1")
    record(local_store, NOON, reading)
    facts = observations.facts_of(local_store.db, TODAY)
    assert observations.cursors(local_store.db) == {"source": "c1"}
    assert [h.app for h in facts.happenings] == ["firefox"]
    assert [s.value for s in facts.samples] == [30.0]


def test_a_failure_in_mid_transaction_leaves_nothing(local_store: LocalStore) -> None:
    def half() -> None:
        with local_store.transaction() as db:
            observations.record(db, Tick(NOON, {"source": Reading((), [crash(NOON)], "c1")}, {}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert observations.cursors(local_store.db) == {}
    assert observations.facts_of(local_store.db, TODAY).happenings == ()


def test_a_source_read_again_from_its_start_doubles_nothing(local_store: LocalStore) -> None:
    reading = Reading([Sample("boot_s", 30.0, at=NOON - 60)], [crash(NOON - 5)], "c1")
    record(local_store, NOON, reading)
    record(local_store, NOON + 60, reading)
    facts = observations.facts_of(local_store.db, TODAY)
    assert (len(facts.happenings), len(facts.samples)) == (1, 1)


def test_values_that_are_no_numbers_are_dropped_and_counted(local_store: LocalStore) -> None:
    nan = float("nan")
    record(local_store, NOON, Reading([Sample("disk_free_pct", nan), Sample("active_s", nan)]))
    facts = observations.facts_of(local_store.db, TODAY)
    assert facts.samples == ()
    assert facts.minutes[0].active_s is None
    assert dropped_by_reason(local_store.db) == {"not_a_number": 2}


def test_an_event_older_than_the_collector_takes_is_dropped_and_counted(local_store: LocalStore) -> None:
    record(local_store, NOON, Reading((), [crash(NOON - 31 * 86_400)]))
    assert dropped_by_reason(local_store.db) == {"too_old": 1}


def test_a_program_that_crashes_in_a_loop_fills_nothing(local_store: LocalStore) -> None:
    crashes = [crash(NOON - n) for n in range(observations.KEPT_PER_APP_AND_DAY + 50)]
    record(local_store, NOON, Reading((), crashes))
    kept = observations.happenings_of(local_store.db, TODAY)
    waiting = observations.happenings_of(local_store.db, TODAY, waiting=True)
    assert len(kept) == observations.KEPT_PER_APP_AND_DAY
    assert len(waiting) == LIMITS.events_per_app_and_day
    assert dropped_by_reason(local_store.db) == {"repeated": 50}


def test_stamps_of_a_wrong_clock_are_corrected(local_store: LocalStore) -> None:
    """The laptop's clock is a day behind; the collector's Date said so."""
    day = 86_400.0
    record(local_store, NOON, Reading((), [crash(NOON - day - 5)]), offset=day)
    (kept,) = observations.happenings_of(local_store.db, TODAY)
    assert kept.at == pytest.approx(NOON - 5)


def test_looks_within_one_minute_add_up(local_store: LocalStore) -> None:
    start = minutes.minute_number(NOON) * 60
    for second, pressed in ((40, 0.0), (70, 1.0), (89, 0.0)):
        samples = [Sample("on_s", 20.0), Sample("active_s", 10.0), Sample("cpu_pressed", pressed)]
        record(local_store, start + second, Reading([*samples, Sample("probe_ok", 0.0)]))
    (row,) = minutes.of_day(local_store.db, TODAY)
    assert (row.on_s, row.active_s, row.cpu, row.probes, row.failed) == (60.0, 30.0, 1, 3, 3)


def test_unwatched_time_before_midnight_belongs_to_yesterday(local_store: LocalStore) -> None:
    one_oclock = midnight_before(NOON) + 3600
    record(local_store, one_oclock, Reading([Sample("on_s", 3 * 3600.0)]))
    today = sum(m.on_s for m in minutes.of_day(local_store.db, TODAY))
    yesterday = sum(m.on_s for m in minutes.of_day(local_store.db, day_of(NOON - 86_400)))
    assert today == pytest.approx(3600, abs=60)
    assert today + yesterday == 3 * 3600


def test_minutes_are_forgotten_after_two_weeks(local_store: LocalStore) -> None:
    record(local_store, NOON - 15 * 86_400, Reading([Sample("on_s", 60.0)]))
    record(local_store, NOON, Reading([Sample("on_s", 60.0)]))
    with local_store.transaction() as db:
        observations.forget(db, NOON)
    days = [row[0] for row in local_store.db.execute("SELECT DISTINCT day FROM minute")]
    assert days == [TODAY]


def test_a_state_keeps_since_when_it_holds(local_store: LocalStore) -> None:
    denied = SourceState("denied", "May not.", "sudo this")
    for at, state in ((NOON, denied), (NOON + 60, denied), (NOON + 120, SourceState("ok"))):
        with local_store.transaction() as db:
            observations.record(db, Tick(at, {}, {"crash": state}))
        if at == NOON + 60:
            assert observations.source_states(local_store.db)["crash"] == (denied, NOON)
    assert observations.source_states(local_store.db)["crash"][1] == NOON + 120


def test_a_name_that_would_steer_the_terminal_is_made_harmless(local_store: LocalStore) -> None:
    record(
        local_store, NOON, Reading((), [crash(NOON, "evil\x1b]0;x\x07\u202egpj.exe\n" + "a" * 10_000_000)])
    )
    (kept,) = observations.happenings_of(local_store.db, TODAY)
    assert kept.app.isprintable()
    assert kept.app.startswith("evil]0;xgpj.exe")
    assert len(kept.app) <= LIMITS.text_length
