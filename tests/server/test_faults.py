"""Rules find faults in what a laptop said of itself, and nothing else of it is in the list."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from agent.agreed.fault_rules import FAULT_RULES, RULES_MOST
from server.faults.rules import RULES, Crashes, Day, Evidence, newer, newest_of

TODAY = date(2026, 3, 4)


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def find(rule: str, **seen: Any) -> Any:
    return RULES[rule].find(Evidence(TODAY, **seen), FAULT_RULES[rule].limits)


def days(name: str, *values: Any) -> list[Day]:
    """Days up to yesterday, each with one value."""
    first = len(values)
    return [Day(back(first - n), **{name: value}) for n, value in enumerate(values)]


def test_each_agreed_rule_is_found_somehow_and_there_are_few() -> None:
    assert set(RULES) == set(FAULT_RULES)
    assert len(RULES) <= RULES_MOST
    assert all(rule.says.endswith(".") and "%" not in rule.says for rule in FAULT_RULES.values())


@pytest.mark.parametrize(
    ("rule", "name", "bad", "good"),
    [
        ("worn-battery", "battery_health_pct", 59.9, 60.0),
        ("full-disk", "disk_free_pct", 4.9, 5.0),
        ("late-update", "patch_age_d", 30.1, 30.0),
    ],
)
def test_a_state_is_read_from_the_newest_day_that_tells_of_it(
    rule: str, name: str, bad: float, good: float
) -> None:
    assert find(rule, days=days(name, good, bad, None, bad)) == {"": back(3)}
    assert find(rule, days=days(name, bad, bad, good, None)) == {}
    assert find(rule, days=days(name, None, None)) is None
    assert find(rule, days=[Day(back(20), **{name: bad})]) == {"": back(20)}  # and silent since


def test_two_crashes_of_the_system_in_two_weeks_are_a_fault_of_the_second_day() -> None:
    assert find("system-crashes", days=days("os_crashes", 1, 0, 1, 0)) == {"": back(2)}
    assert find("system-crashes", days=days("os_crashes", 1, 0, None)) == {}
    old = [Day(back(15), os_crashes=1), Day(back(3), os_crashes=1)]
    assert find("system-crashes", days=old) == {}


def test_half_of_the_last_starts_are_slow() -> None:
    slow = days("boot_list_s", [20.0], [200.0, 200.0], [190.0, 30.0], [210.0])
    assert find("slow-start", days=slow) == {"": back(3)}
    assert find("slow-start", days=days("boot_list_s", [200.0, 200.0], None)) is None  # too few to say
    assert find("slow-start", days=days("boot_list_s", [900.0] * 9, [20.0] * 10)) == {}  # the last ten count


def test_an_application_crashes_in_a_version_that_is_not_the_newest() -> None:
    crashes = [Crashes(back(6), "zoom", "5.9", 3), Crashes(back(2), "zoom", "5.9", 2)]
    assert find("crashing-application", crashes=crashes, newest={"zoom": "5.10"}) == {"zoom": back(2)}
    assert find("crashing-application", crashes=crashes, newest={"zoom": "5.9"}) == {}
    assert find("crashing-application", crashes=crashes[:1], newest={"zoom": "6"}) == {}
    early = [Crashes(back(8), "zoom", "5.9", 9)]
    assert find("crashing-application", crashes=early, newest={"zoom": "6"}) == {}


def test_updates_fail_and_none_is_installed_since() -> None:
    failed = [(back(9), "failed"), (back(5), "failed"), (back(4), "failed")]
    assert find("failed-updates", updates=failed) == {"": back(4)}
    assert find("failed-updates", updates=[*failed, (back(4), "installed")]) == {}
    assert find("failed-updates", updates=failed[1:]) == {}


def test_a_source_that_may_not_be_read_for_a_week_is_a_fault_one_that_is_not_there_is_none() -> None:
    denied = [{"crash": "denied", "battery": "absent", "boot": "ok"}] * 7
    assert find("unreadable-source", days=days("coverage", *denied)) == {"crash": back(7)}
    assert find("unreadable-source", days=days("coverage", *denied, {"crash": "ok"})) == {}
    assert find("unreadable-source", days=days("coverage", *denied[:6])) is None


@pytest.mark.parametrize(
    ("version", "found"),
    [("0.4.9", True), ("0.5.0", False), ("0.6.0", False), ("1.0.0", False), ("what", None)],
)
def test_an_agent_is_old_two_releases_behind(version: str, found: bool | None) -> None:
    says = find("old-agent", days=days("agent_version", version), release="0.6.3")
    assert says == (None if found is None else {"": back(1)} if found else {})


def test_rules_look_at_nothing_that_tells_how_much_somebody_works() -> None:
    assert set(Day.__dataclass_fields__) == {
        *("day", "battery_health_pct", "disk_free_pct", "patch_age_d", "os_crashes", "boot_list_s"),
        *("coverage", "agent_version"),
    }


def test_the_agreement_decides_by_its_numbers() -> None:
    seen = Evidence(TODAY, days("battery_health_pct", 55.0))
    assert RULES["worn-battery"].find(seen, {"below_pct": 50}) == {}


def test_versions_are_compared_by_their_numbers() -> None:
    pairs: list[tuple[str, str]] = [("128.10", "128.9"), ("2", "1.9.9"), ("1.0.1", "1.0")]
    is_newer: Callable[[str, str], bool] = newer
    assert all(is_newer(one, other) and not is_newer(other, one) for one, other in pairs)
    assert not newer("nightly", "1")
    assert newest_of(["1.9", "1.10", "beta"]) == "1.10"
