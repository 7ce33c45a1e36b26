"""When a day's summary leaves."""

import random

from agent.agreed.policy import Policy
from agent.local_time import day_of, midnight_before
from agent.reading import Reading
from agent.sending import batches, revisions
from agent.signals import Sample
from agent.store import bodies, observations, spool
from agent.store.local_store import LocalStore
from agent.store.observations import Tick

HOUR = 3600.0
NOON = midnight_before(1_772_600_000.0) + 12 * HOUR
TODAY = day_of(NOON)


def keep(store: LocalStore, at: float, active_s: float = 60.0, **samples: float) -> None:
    found = [Sample("on_s", 60.0), Sample("active_s", active_s, attributes={"source": "session"})]
    found += [Sample(name, value) for name, value in samples.items()]
    states = {name: observations.SourceState("ok") for name in ("active", "space", "crash")}
    with store.transaction() as db:
        observations.record(db, Tick(at, {"test": Reading(found)}, states))


def compose(store: LocalStore, at: float) -> list[dict[str, object]]:
    with store.transaction() as db:
        known = {batch.batch_id for batch in spool.waiting(db)}
        batches.compose(db, at, Policy({}), 15.0)
        return [bodies.unpacked(b.body) for b in spool.waiting(db) if b.batch_id not in known]


def test_one_random_moment_lies_in_each_started_three_active_hours() -> None:
    for seed in range(50):
        moments = [revisions.moments_passed(a * 60, f"laptop {seed}", TODAY) for a in range(12 * 60)]
        assert moments == sorted(moments)
        for block in range(4):
            inside = moments[block * 180 : (block + 1) * 180]
            assert inside[0] in (block, block + 1)
            assert inside[-1] in (block, block + 1)
        assert moments[-1] in (3, 4)


def test_moments_differ_between_laptops_and_days_but_not_between_restarts() -> None:
    def first(secret: str, day: str) -> int:
        return next(m for m in range(181) if revisions.moments_passed(m * 60, secret, day) or m == 180)

    assert first("a", TODAY) == first("a", TODAY)
    assert len({first(f"{n}", TODAY) for n in range(20)}) > 10
    assert len({first("a", f"2026-03-{n:02}") for n in range(1, 20)}) > 10


def test_a_passed_moment_makes_one_provisional_revision(local_store: LocalStore) -> None:
    keep(local_store, NOON)
    with local_store.transaction() as db:
        revisions.note_progress(db, TODAY, 3 * HOUR, NOON)
        revisions.note_progress(db, TODAY, 3 * HOUR, NOON + 60)
    (batch,) = compose(local_store, NOON + 60)
    assert batch["summary"]["revision"] == 1  # type: ignore[index]
    assert compose(local_store, NOON + 120) == []


def test_the_last_revision_of_a_day_comes_after_it_within_minutes(local_store: LocalStore) -> None:
    keep(local_store, NOON)
    morning = NOON + 20 * HOUR
    random.seed(7)
    with local_store.transaction() as db:
        revisions.close_days_before(db, day_of(morning), morning)
    assert compose(local_store, morning - 1) == []
    (batch,) = compose(local_store, morning + revisions.SPREAD_AFTER_THE_DAY)
    assert batch["day"] == TODAY


def test_what_is_learned_later_makes_a_higher_revision(local_store: LocalStore) -> None:
    keep(local_store, NOON)
    morning = NOON + 20 * HOUR
    with local_store.transaction() as db:
        revisions.close_days_before(db, day_of(morning), morning)
    assert [b["summary"]["revision"] for b in compose(local_store, morning + 900)] == [1]  # type: ignore[index]
    with local_store.transaction() as db:
        late = Reading([Sample("boot", 1.0, at=NOON - HOUR), Sample("boot_s", 31.0, at=NOON - HOUR)])
        ok = {"boot": observations.SourceState("ok")}
        observations.record(db, Tick(morning + 1000, {"boot": late}, ok))
    (batch,) = compose(local_store, morning + 1000)
    assert batch["day"] == TODAY
    assert batch["summary"]["revision"] == 2  # type: ignore[index]


def test_nothing_new_is_not_said_again(local_store: LocalStore) -> None:
    keep(local_store, NOON)
    with local_store.transaction() as db:
        revisions.make_all_due(db, NOON)
    assert len(compose(local_store, NOON)) == 1
    with local_store.transaction() as db:
        revisions.make_all_due(db, NOON + 60)
    assert compose(local_store, NOON + 60) == []


def test_a_waiting_summary_is_replaced_by_its_next_edition(local_store: LocalStore) -> None:
    """Days offline must not pile up editions that nobody will look at."""
    for n in range(5):
        keep(local_store, NOON + n * 60)
        with local_store.transaction() as db:
            revisions.make_all_due(db, NOON + n * 60)
        compose(local_store, NOON + n * 60)
    (batch,) = spool.waiting(local_store.db)
    assert batch.revision == 5


def test_a_clock_put_back_does_not_keep_a_summary_waiting(local_store: LocalStore) -> None:
    keep(local_store, NOON)
    with local_store.transaction() as db:
        revisions.close_days_before(db, "2999-01-01", NOON + 30 * 24 * HOUR)
    assert len(compose(local_store, NOON)) == 1
