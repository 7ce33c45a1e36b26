"""A change that is tried out: drawn once, read once a week, and never so that somebody is singled out."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from random import Random
from uuid import UUID

import company
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.cli import main
from server.db import Store
from server.experiments import lot, readings
from server.experiments.mixing import LEAST_IN_ARM, may_be_published, touched_at_least
from server.experiments.models import REMODELLED, WITHHELD, ExperimentPersonRow, ExperimentReadingRow
from server.experiments.points import Measure, WeekOfPerson, points_of_teams, unit_of_person
from server.experiments.queries import experiment, readings_of
from server.experiments.readings import read_due
from server.experiments.register import BadPlan, Plan, begin, end, register
from server.experiments.results import all_experiments
from server.experiments.schedule import ENDED, RUNNING
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation, org_id_of
from server.people.store import person_id_of
from server.people.weeks import monday_of, week_before
from server.privacy.models import ReleaseRow
from server.privacy.person_weeks import save_person_weeks
from server.privacy.plan import COMPANY, Place
from server.privacy.records import BaseGroup, GaugeSum, RateSum, Release
from server.privacy.release_store import save_release
from server.scoring.always_valid import BETTER, OPEN, TOO_FEW
from server.scoring.parameters import ALPHA, GAUGES, IN_FORCE, RATES
from server.scoring.person_week import PersonWeek
from server.scoring.rollouts import effect_interval, overall_effect, staggered

TEAMS = ("Sales", "Care", "Product", "Finance", "People", "Claims")
PEOPLE = 60
TODAY = monday_of("2026-W20")
EXPECTED = "It gets better."

Lift = Callable[[int, str], float]
"""Points that a person of a number, or a team of one, has more in a week."""


def nothing(number: int, week: str) -> float:
    return 0.0


def test_what_a_difference_of_arms_touches_is_what_no_other_sum_can_cancel() -> None:
    """Every choice of what is taken from each place, gone through one by one."""
    rng = Random(1)
    for _ in range(50):
        people = [
            (Place("u", rng.choice("abc"), None), rng.random() < 0.5) for _ in range(rng.randint(1, 14))
        ]
        places = sorted({place for place, _ in people})
        fewest = min(
            sum(dict(zip(places, taken, strict=True))[place] != value for place, value in people)
            for taken in product((True, False, None), repeat=len(places))
        )
        assert touched_at_least(people) == fewest


def test_arms_that_are_whole_teams_are_not_published_though_they_are_large() -> None:
    whole = [(Place("u", team, "steady"), team == "a") for team in "ab" for _ in range(LEAST_IN_ARM)]
    mixed = [(Place("u", team, "steady"), i % 2 == 0) for team in "ab" for i in range(LEAST_IN_ARM)]
    assert not may_be_published(whole, k=5)
    assert may_be_published(mixed, k=5)
    assert not may_be_published(mixed[2:], k=5)


def test_a_person_is_measured_by_the_same_signals_before_and_since() -> None:
    before = [WeekOfPerson(True, {"boot": 50.0, "signin": 60.0})] * 2
    since = [WeekOfPerson(True, {"signin": 80.0, "patch": 10.0})]
    assert unit_of_person(before, since, Measure("signin", IN_FORCE, {})) == (60.0, 80.0)
    assert unit_of_person(before, since, Measure("technology", IN_FORCE, {})) is None
    assert unit_of_person(before[:1], since, Measure("signin", IN_FORCE, {})) is None


def test_lost_time_is_in_points_of_the_time_that_is_not_lost() -> None:
    before, since = WeekOfPerson(True, lost=(60.0, 10.0)), WeekOfPerson(True, lost=(30.0, 10.0))
    x, y = unit_of_person([before] * 2, [since], Measure("lost", IN_FORCE, {}))
    assert (x, y) == pytest.approx((90, 95))


def test_the_basket_of_teams_is_the_same_for_all_of_them_and_all_weeks() -> None:
    groups = {f"team:{team}": BaseGroup(9, 9) for team in "ab"}
    full = {signal: dict.fromkeys(groups, GaugeSum(9, 450.0)) for signal in ("boot", "signin")}
    less = full | {"boot": {"team:a": GaugeSum(9, 900.0)}}
    releases = [Release("2026-W10", base=groups, gauges=full), Release("2026-W11", base=groups, gauges=less)]
    names = {team: [f"team:{team}"] * 2 for team in "ab"}
    assert points_of_teams(releases, names, Measure("boot", IN_FORCE, {})) == {}
    signin = points_of_teams(releases, names, Measure("signin", IN_FORCE, {}))
    assert signin == {"a": [50.0, 50.0], "b": [50.0, 50.0]}


def test_the_interval_of_a_rollout_holds_the_truth_and_is_short_enough_to_find_it() -> None:
    rng, starts, runs = Random(3), [1, 1, 2, 2, None, None, None, None], 60
    held = found = 0
    for _ in range(runs):
        y = [
            [level + rng.gauss(0, 1) + (4.0 if start is not None and t >= start else 0.0) for t in range(4)]
            for level, start in zip([60, 70, 65, 80, 75, 62, 71, 69], starts, strict=True)
        ]
        low, high = effect_interval(y, starts)
        held += low <= 4.0 <= high
        assert low < overall_effect(y, starts) < high
        found += low > 0
    assert held >= 0.9 * runs
    assert found >= 0.8 * runs


def test_a_rollout_of_nothing_is_called_something_in_at_most_5_percent() -> None:
    rng, starts, runs = Random(9), [1, 1, 2, 2, None, None, None, None], 100
    called = 0
    for _ in range(runs):
        y = [[level + rng.gauss(0, 1) for _ in range(4)] for level in (60, 70, 65, 80, 75, 62, 71, 69)]
        called += staggered(y, starts).p <= ALPHA
    assert called <= 0.05 * runs + 3  # which is as much as chance adds


def test_too_few_assignments_leave_the_interval_without_bound() -> None:
    low, high = effect_interval([[1.0, 2.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [1, None, None, None])
    assert (low, high) == (-float("inf"), float("inf"))


class Told:
    """An organisation of which weeks are released one by one, as far as experiments look at them."""

    def __init__(self, store: Store, org: Organisation) -> None:
        self.store, self.org = store, org
        self.rng = Random(5)
        self.level = [self.rng.gauss(70, 5) for _ in range(PEOPLE)]

    def begin(self) -> None:
        """Everybody with a laptop, and ten weeks."""
        people = [{"person": f"p{i}"} for i in range(PEOPLE)]
        places = [
            {"person": f"p{i}", "from": "2020-01-01", "unit": "All", "team": TEAMS[i % 6]}
            for i in range(PEOPLE)
        ]
        with self.store.transaction() as session:
            company.bring_in_people(session, self.org, people, places)
            for i in range(PEOPLE):
                company.enrol(
                    session, self.org.org_id, f"laptop {i}", f"p{i}", company.LONG_AGO, company.LONG_AGO
                )
        for back in range(10, 0, -1):
            self.release(week_before("2026-W20", back))

    def release(self, week: str, lift: Lift = nothing, present: int = PEOPLE, model: str = "dex-1") -> None:
        weeks, sums = {}, dict.fromkeys(TEAMS, 0.0)
        for i in range(present):
            points = self.level[i] + self.rng.gauss(0, 2) + lift(i, week)
            gauges, rates = dict.fromkeys(GAUGES, points), dict.fromkeys(RATES, (1.0, 100.0))
            weeks[str(person_id_of(self.org.org_id, f"p{i}"))] = PersonWeek(True, 30.0, gauges, rates)
            sums[TEAMS[i % 6]] += points
        per_team = {f"team:{team}": GaugeSum(10, total) for team, total in sums.items()}
        groups = [COMPANY, *per_team]
        made = Release(
            week,
            model=model,
            teams=dict.fromkeys(TEAMS, "All"),
            base={group: BaseGroup(10, 10) for group in groups},
            gauges=dict.fromkeys(GAUGES, per_team),
            rates={rate: {group: RateSum(10, 1.0, 100.0, True) for group in groups} for rate in RATES},
        )
        with self.store.transaction() as session:
            save_release(session, self.org.org_id, made, monday_of(week) + timedelta(days=9))
            save_person_weeks(session, self.org.org_id, week, weeks)

    def read(self, week: str) -> int:
        return read_due(self.store, self.org.org_id, company.after(week))

    def readings(self, name: str = "try") -> list[ExperimentReadingRow]:
        with self.store.reading() as session:
            return readings_of(session, self.org.org_id, name)

    def drawn(self) -> set[UUID]:
        query = sa.select(ExperimentPersonRow.person_id).where(
            ExperimentPersonRow.org_id == self.org.org_id, ExperimentPersonRow.treated
        )
        with self.store.reading() as session:
            return set(session.scalars(query))


@pytest.fixture(scope="module")
def ten_weeks(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    path = tmp_path_factory.mktemp("experiments") / "dex.sqlite3"
    shutil.copy(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", TODAY)
    Told(store, org).begin()
    store.close()
    return path


@pytest.fixture
def told(tmp_path: Path, ten_weeks: Path) -> Iterator[Told]:
    """On SQLite, whose ten weeks are made once."""
    shutil.copy(ten_weeks, tmp_path / "dex.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'dex.sqlite3'}")
    with store.reading() as session:
        org = session.get_one(Organisation, org_id_of(MAIN))
    yield Told(store, org)
    store.close()


@pytest.fixture
def told_on_both(store: Store, org: Organisation) -> Told:
    made = Told(store, org)
    made.begin()
    return made


def lot_of(told: Told, weeks: int = 2, name: str = "try", today: date = TODAY) -> None:
    with told.store.transaction() as session:
        register(session, told.org, Plan(name, "Try it", EXPECTED, "signin", weeks), today)
        begin(session, told.org, name, today, salt="thursday")


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


def test_what_would_be_found_is_not_told_of_fewer_people_than_two_arms_need(told: Told) -> None:
    """How far four people are apart is a figure about four people."""
    for back, present in ((0, 2 * LEAST_IN_ARM - 1), (-1, 2 * LEAST_IN_ARM)):
        told.release(week_before("2026-W20", back), present=present)
        with told.store.transaction() as session:
            plan = Plan(f"try-{present}", "Try it", EXPECTED, "signin", 1)
            row = register(session, told.org, plan, TODAY)
        assert bool(row.power) is (present == 2 * LEAST_IN_ARM)


def test_who_is_in_one_lot_is_in_no_other(told: Told) -> None:
    lot_of(told)
    with pytest.raises(BadPlan, match="Too few people"):
        lot_of(told, name="another")
    with told.store.reading() as session:
        assert lot.candidates(session, told.org.org_id) == []


def test_a_week_with_too_few_people_is_withheld_and_the_next_one_read(told: Told) -> None:
    lot_of(told)
    told.release("2026-W20")
    told.release("2026-W21", present=30)
    told.release("2026-W22")
    assert told.read("2026-W22") == 2
    first, last = told.readings()
    assert (first.says, first.effect, first.treated) == (WITHHELD, None, None)
    assert last.effect is not None


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


def roll_out(told: Told, weeks: int) -> None:
    starts = {team: f"2026-W{21 + i // 2}" if i < 4 else None for i, team in enumerate(TEAMS)}
    with told.store.transaction() as session:
        register(session, told.org, Plan("try", "Try it", EXPECTED, "technology", weeks, starts), TODAY)
        begin(session, told.org, "try", TODAY)


def test_a_rollout_says_nothing_for_sure_before_its_last_week(told_on_both: Told) -> None:
    told = told_on_both
    roll_out(told, weeks=3)
    told.release("2026-W20")

    def lift(i: int, week: str) -> float:
        started = {0: 21, 1: 21, 2: 22, 3: 22}.get(i % 6)
        return 20.0 if started is not None and int(week[-2:]) >= started else 0.0

    for week in ("2026-W21", "2026-W22", "2026-W23"):
        told.release(week, lift)
        assert told.read(week) == 1
    first, second, last = told.readings()
    assert [row.says for row in (first, second, last)] == [OPEN, OPEN, BETTER]
    assert (first.low, first.p, second.p) == (None, None, None)
    assert (first.treated, first.others) == (2, 4)
    assert last.effect == pytest.approx(14, abs=2)  # seven parts of ten are gauges
    assert last.low > 0


def test_a_rollout_of_so_few_teams_that_chance_could_do_anything_says_so(told: Told) -> None:
    with told.store.transaction() as session:
        starts = {"Sales": "2026-W21", "Care": None, "Product": None, "Finance": None}
        register(session, told.org, Plan("try", "Try it", EXPECTED, "signin", 1, starts), TODAY)
        begin(session, told.org, "try", TODAY)
    told.release("2026-W20")
    told.release("2026-W21")
    told.read("2026-W21")
    assert [row.says for row in told.readings()] == [TOO_FEW]  # four assignments: none is as rare as 5 %


UNSOUND = (
    ({"name": "Two words"}, "A name has"),
    ({"title": " "}, "A title"),
    ({"hypothesis": ""}, "A hypothesis"),
    ({"measure": "mood"}, "cannot be measured"),
    ({"weeks": 21}, "1 to 20 weeks"),
    ({"teams": {"Nobody": None}}, "has a team “Nobody”"),
    ({"teams": dict.fromkeys(TEAMS)}, "one of them with a start"),
    ({"teams": dict.fromkeys(TEAMS, "2026-W20")}, "must lie ahead"),
    ({"teams": dict.fromkeys(TEAMS, "soon")}, "not an ISO week"),
    ({"teams": dict.fromkeys(TEAMS, "2026-W21")}, "nobody to compare with"),
    ({"teams": dict.fromkeys(TEAMS[1:]) | {"Sales": "2026-W21", "Care": "2026-W40"}}, "starts after"),
)


def test_a_plan_that_cannot_be_run_is_refused_in_a_sentence(told: Told) -> None:
    plan = {"name": "try", "title": "Try it", "hypothesis": EXPECTED, "measure": "signin", "weeks": 4}
    for change, says in UNSOUND:
        with pytest.raises(BadPlan, match=says), told.store.transaction() as session:
            register(session, told.org, Plan(**(plan | change)), TODAY)


def test_commands_from_the_plan_to_the_end(told: Told, tmp_path: Path, monkeypatch) -> None:
    url = told.store.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DEX_DATABASE_URL", url)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["experiments", *words, "--data", str(tmp_path), "--org", "main"])
        assert result.exit_code == 0, result.output
        return result.output

    planned = run("plan", "try", "--title", "Try it", "--hypothesis", EXPECTED, "--weeks", "2")
    assert "is found in four cases of five" in planned
    assert len([line for line in run("start", "try").splitlines() if line.count("-") == 4]) == PEOPLE // 2
    assert run("laptops", "try").count("\n") == PEOPLE // 2
    assert RUNNING in run("list")
    run("stop", "try")
    assert ENDED in run("show", "try")
    again = CliRunner().invoke(main, ["experiments", "stop", "try", "--data", str(tmp_path), "--org", "main"])
    assert again.exit_code == 2
    assert "has ended already" in again.output


def test_an_experiment_changes_no_release(told: Told) -> None:
    def digests() -> list[str]:
        with told.store.reading() as session:
            query = sa.select(ReleaseRow.digest).where(ReleaseRow.org_id == told.org.org_id)
            return list(session.scalars(query.order_by(ReleaseRow.week)))

    before = digests()
    lot_of(told)
    assert digests() == before
