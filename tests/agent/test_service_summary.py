"""What a day's summary says of business services and of the Wi-Fi."""

from datetime import UTC, datetime

from agent.agreed.applications import Applications
from agent.config import Config
from agent.local_time import day_of
from agent.reading import Collector, Happening, Reading
from agent.sending.day_summary import summarise
from agent.service.runner import Runner
from agent.signals import LIMITS
from agent.store import observations
from agent.store.local_store import LocalStore
from agent.store.minutes import Minute
from agent.store.observations import DayFacts, KeptSample
from agent.store.service_checks import ServiceCheck

SEEN = (Minute(number=1, on_s=60.0, active_s=60.0),)


def summary_of(**facts: object) -> dict:
    return summarise(DayFacts(minutes=SEEN, **facts), Applications())


def test_services_by_name_with_failures_by_cause_and_the_median_time() -> None:
    checks = [
        *(ServiceCheck("Wiki", "", ms) for ms in (30.0, 10.0, 20.0)),
        *(ServiceCheck("Wiki", cause) for cause in ("slow", "route", "slow")),
        ServiceCheck("Mail", "", 5.0),
        ServiceCheck("Shop", "name"),
    ]
    assert summary_of(service_checks=tuple(checks))["services"] == [
        {"name": "Mail", "checks": 1, "failures": {}, "first_byte_ms": 5.0},
        {"name": "Shop", "checks": 1, "failures": {"name": 1}},
        {"name": "Wiki", "checks": 6, "failures": {"slow": 2, "route": 1}, "first_byte_ms": 20.0},
    ]


def test_without_a_list_nothing_is_said_of_services() -> None:
    unseen = (Minute(number=1, on_s=60.0, active_s=60.0, missing={"services": "absent", "wifi": "absent"}),)
    found = summarise(DayFacts(minutes=unseen), Applications())
    assert "services" not in found
    assert "wifi_signal_pct" not in found
    assert found["coverage"]["services"] == found["coverage"]["wifi"] == "absent"


def test_the_wifi_of_a_day_is_its_median_and_of_a_day_on_a_cable_unknown() -> None:
    samples = tuple(
        KeptSample(at, "wifi_signal_pct", value, "") for at, value in enumerate((40.0, 90.0, 60.0))
    )
    assert summary_of(samples=samples)["wifi_signal_pct"] == 60
    assert "wifi_signal_pct" not in summary_of()


def test_services_that_go_and_come_do_not_use_up_the_events_of_others(local_store: LocalStore) -> None:
    """At most ten events of one kind leave per program and day; of services, per service."""
    at = 1_772_600_000.0
    most = LIMITS.events_per_app_and_day
    for n, name in enumerate([*["Wiki"] * (most + 3), "Mail"]):
        happened = datetime.fromtimestamp(at + n, UTC)
        event = Happening("service_down", happened, detail={"service": name, "cause": "slow"})
        with local_store.transaction() as db:
            observations.record(db, observations.Tick(at + n, {"services": Reading(events=[event])}))
    waiting = observations.happenings_of(local_store.db, day_of(at), waiting=True)
    assert [h.detail["service"] for h in waiting] == [*["Wiki"] * most, "Mail"]


def test_each_try_is_kept_even_if_nothing_else_changed(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    """The second answer of a service changes no cursor."""

    def collect(now: float, cursor: str | None) -> Reading:
        return Reading(services=[ServiceCheck("Wiki", "", 20.0)], cursor="{}")

    runner = Runner(
        enrolled_config,
        local_store,
        collectors=lambda options: [Collector("services", ("services",), 1e-9, collect)],
    )
    day = day_of(runner.clock.now())
    for _ in range(3):
        runner.tick()
    assert len(observations.facts_of(local_store.db, day).service_checks) == 3
