"""The agent above its budget: it does less of what costs most, says so, and starts anew when it grew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from fake_time import FakeTime

from agent.local_time import HOUR, day_of
from agent.reading import Collector, Reading
from agent.service import budget, upkeep
from agent.service.budget import Budget, Throttle, budget_of
from agent.service.looks import Watch
from agent.service.status import status
from agent.service.upkeep import Upkeep
from agent.store import observations
from agent.store.local_store import LocalStore
from agent.system.clock import Clock

BUDGET = Budget(cpu_s_per_hour=4.0)


def spend(throttle: Throttle, hours: float, per_hour: dict[str, float], since: float = 0.0) -> list[str]:
    """Live so long with these costs; what was throttled, in turn."""
    found = []
    for minute in range(1, int(hours * 60) + 1):
        passed = since + minute / 60
        spent = {name: rate * passed for name, rate in per_hour.items()}
        name = throttle.note(BUDGET, passed * HOUR, sum(spent.values()), spent)
        found += [name] if name else []
    return found


def test_within_the_budget_nothing_happens() -> None:
    throttle = Throttle()
    assert spend(throttle, 48, {"network": 2.0, "disk": 1.9}) == []
    assert throttle.factors == {}


def test_a_costly_moment_is_no_reason_to_act() -> None:
    """The package manager is asked once a day and takes seconds."""
    throttle = Throttle()
    spend(throttle, 3, {"patch": 0.5})
    assert throttle.note(BUDGET, 3 * HOUR + 60, 1.5 + 8.0, {"patch": 9.5}) == ""


def test_what_costs_most_is_done_less_often_and_more_so_while_it_goes_on() -> None:
    throttle = Throttle()
    assert spend(throttle, 3, {"network": 1.0, "disk": 9.0}) == ["disk", "disk"]
    assert throttle.factors == {"disk": 4.0}


def test_there_is_a_least_pace() -> None:
    throttle = Throttle()
    spend(throttle, 48, {"disk": 40.0})
    assert throttle.factors == {"disk": budget.SLOWEST}


def test_after_quiet_hours_the_usual_pace_comes_back() -> None:
    throttle = Throttle({"disk": 4.0})
    throttle.note(BUDGET, 0.0, 0.0, {})
    for hour in range(1, 9):
        throttle.note(BUDGET, hour * HOUR, hour * 0.5, {})
    assert throttle.factors == {}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({}, Budget()),
        ({"budget": {"cpu_s_per_hour": 2, "rss_mib": 40}}, Budget(2.0, 40.0)),
        ({"budget": {"cpu_s_per_hour": -2, "rss_mib": "much"}}, Budget()),
        ({"budget": []}, Budget()),
    ],
)
def test_the_policy_names_the_budget(document: dict[str, Any], found: Budget) -> None:
    assert budget_of(document) == found


@dataclass
class Service:
    """The upkeep of a service whose costs a test sets."""

    store: LocalStore
    time: FakeTime
    monkeypatch: pytest.MonkeyPatch
    cpu_s: float = 0.0
    size: float = 20.0
    watches: Sequence[Watch] = field(
        default_factory=lambda: [Watch(Collector("disk", ("disk",), 60.0, lambda now, cursor: Reading()))]
    )

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(upkeep, "own_cpu_seconds", lambda: self.cpu_s)
        self.monkeypatch.setattr(upkeep, "rss_mib", lambda: self.size)
        self.restart()

    def restart(self) -> None:
        clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
        self.upkeep = Upkeep(self.store, clock)

    def live(self, minutes: int, cpu_s_per_hour: float = 0.0) -> bool:
        """Whether it wanted to start anew meanwhile."""
        anew = False
        for _ in range(minutes):
            self.time.pass_(60)
            self.cpu_s += cpu_s_per_hour / 60
            self.watches[0].spent = self.cpu_s
            anew |= self.upkeep.run(BUDGET, self.watches, 0.0)
        return anew

    @property
    def said(self) -> list[str]:
        found = observations.happenings_of(self.store.db, day_of(self.time.wall))
        return [h.detail["what"] for h in found if h.kind == "agent"]


@pytest.fixture
def service(local_store: LocalStore, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(local_store, fake_time, monkeypatch)


def test_a_throttled_agent_says_so_once_a_day_and_remembers(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.live(180, cpu_s_per_hour=20.0)
    assert service.upkeep.throttled["disk"] > 2
    assert service.said == ["throttled"]
    assert "(disk) is done less often" in capsys.readouterr().err
    before = service.upkeep.throttled
    service.restart()
    assert service.upkeep.throttled == before


def test_status_says_that_the_agent_is_throttled(service: Service, enrolled_config: Any) -> None:
    service.live(120, cpu_s_per_hour=20.0)
    assert status(enrolled_config, None, service.store.db).throttled == service.upkeep.throttled


def test_an_agent_that_grew_starts_anew_some_times_a_day(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.size = 70.0
    assert not service.live(2)
    assert service.live(1)
    for _ in range(2):
        service.restart()
        assert service.live(3)
    service.restart()
    assert not service.live(60)
    assert "goes on" in capsys.readouterr().err
    assert service.said == ["throttled"]


def test_a_passing_need_of_memory_is_no_reason(service: Service) -> None:
    service.size = 70.0
    service.live(2)
    service.size = 30.0
    service.live(1)
    service.size = 70.0
    assert not service.live(2)
