"""A change that half of all people get by lot: drawn once, read once a week, ended by itself."""

import sqlite3
from contextlib import closing
from random import Random

import pytest
from experiment_company import EXPECTED, PEOPLE, TEAMS, TODAY, Told, lot_of

from server.experiments import lot, readings
from server.experiments.models import REMODELLED
from server.experiments.points import WeekOfPerson
from server.experiments.queries import experiment
from server.experiments.register import BadPlan, Plan, end, register
from server.experiments.results import all_experiments
from server.experiments.schedule import ENDED
from server.people.store import person_id_of
from server.people.weeks import week_before
from server.scoring.always_valid import BETTER


def test_a_lot_is_drawn_once_read_each_week_and_ends_by_itself(told_on_both: Told) -> None:
    told = told_on_both
    lot_of(told)
    drawn = told.drawn()
    assert len(drawn) == PEOPLE // 2
    numbers = {i for i in range(PEOPLE) if person_id_of(told.org.org_id, f"p{i}") in drawn}
    told.release("2026-W20")
    assert told.read("2026-W20") == 0
    for week in ("2026-W21", "2026-W22"):
        told.release(week, lambda i, _week: 8.0 * (i in numbers))
        assert told.read(week) == 1
    assert told.read("2026-W22") == 0
    first, last = told.readings()
    assert [row.says for row in (first, last)] == [BETTER, BETTER]
    assert (last.treated, last.others) == (30, 30)
    assert last.low < 8 < last.high
    assert last.p <= first.p
    with told.store.reading() as session:
        assert experiment(session, told.org.org_id, "try").state == ENDED
        [shown] = all_experiments(session, told.org.org_id)
    assert (shown.last.treated, shown.last.effect) == ("20-49", round(last.effect, 1))
    told.release("2026-W23")
    assert told.read("2026-W23") == 0
    assert told.drawn() == drawn


def test_before_the_start_it_is_told_what_would_be_found_and_more_weeks_find_less(told: Told) -> None:
    with told.store.transaction() as session:
        row = register(session, told.org, Plan("try", "Try it", EXPECTED, "signin", 4), TODAY)
    weeks, points = zip(*row.power, strict=True)
    assert weeks == (1, 2, 4)
    assert 0.5 < min(points) <= max(points) < 6


def test_who_is_in_one_lot_is_in_no_other(told: Told) -> None:
    lot_of(told)
    with pytest.raises(BadPlan, match="Too few people"):
        lot_of(told, name="another")
    with told.store.reading() as session:
        assert lot.candidates(session, told.org.org_id) == []


def test_points_of_two_models_are_not_compared(told: Told) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21", model="dex-2")
    told.read("2026-W21")
    assert [row.says for row in told.readings()] == [REMODELLED]


def test_what_would_be_found_is_told_from_weeks_of_one_model_alone(told: Told) -> None:
    """Five weeks under another model, in which everybody has another level."""
    other = [Random(7).gauss(0, 15) for _ in range(PEOPLE)]
    for back in range(0, -5, -1):
        told.release(week_before("2026-W20", back), lambda i, _week: other[i] * i, model="dex-2")
    starts = dict.fromkeys(TEAMS) | {"Sales": "2026-W26"}
    with told.store.transaction() as session:
        row = register(session, told.org, Plan("try", "Try it", EXPECTED, "signin", 4), TODAY)
        assert [weeks for weeks, _points in row.power] == [1]
        team = register(session, told.org, Plan("teams", "Try it", EXPECTED, "signin", 4, starts), TODAY)
        assert [weeks for weeks, _points in team.power] == [4]
        long = register(session, told.org, Plan("long", "Try it", EXPECTED, "signin", 5, starts), TODAY)
        assert long.power == []


def test_laptops_can_deliver_while_experiments_are_read(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21")
    delivered = []

    def look_meanwhile(*arguments):
        with closing(sqlite3.connect(str(told.store.engine.url.database), timeout=0.1)) as other:
            other.execute("BEGIN IMMEDIATE")  # SQLite has one writer at a time
            delivered.append(True)
        return lot.look(*arguments)

    monkeypatch.setattr(readings, "look", look_meanwhile)
    assert told.read("2026-W21") == 1
    assert delivered == [True]


def test_of_an_experiment_that_is_stopped_while_it_is_read_nothing_more_is_written(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21")

    def look_and_stop(*arguments):
        with told.store.transaction() as session:
            end(session, told.org.org_id, "try", TODAY)
        return lot.look(*arguments)

    monkeypatch.setattr(readings, "look", look_and_stop)
    assert told.read("2026-W21") == 0
    assert told.readings() == []


def test_two_workers_write_a_reading_once(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21")

    def look_after_another(*arguments):
        monkeypatch.setattr(readings, "look", lot.look)
        assert told.read("2026-W21") == 1
        return lot.look(*arguments)

    monkeypatch.setattr(readings, "look", look_after_another)
    assert told.read("2026-W21") == 0
    assert len(told.readings()) == 1


def test_the_weeks_of_one_person_after_the_other_are_in_memory(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand people with 24 weeks each would not fit."""
    alive = most = 0

    class Counted(WeekOfPerson):
        def __init__(self, *values: object) -> None:
            nonlocal alive, most
            super().__init__(*values)
            alive += 1
            most = max(alive, most)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    monkeypatch.setattr(lot, "WeekOfPerson", Counted)
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21")
    told.read("2026-W21")
    assert told.readings()[0].effect is not None
    assert 6 <= most <= 20
