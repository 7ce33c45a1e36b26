"""One local day, from what was seen to what may be said of it."""

from dataclasses import replace

import pytest

from agent.agreed.applications import Applications
from agent.sending.batches import event_of, fit
from agent.sending.day_summary import summarise
from agent.signals import COVERED, SUMMARY
from agent.store.minutes import Minute
from agent.store.observations import DayFacts, KeptHappening, KeptSample

LISTED = Applications(["firefox", "Microsoft Excel"])
NOTHING_MISSING: dict[str, str] = {}


def minute(number: int, **values: object) -> Minute:
    """A minute of a laptop on which no companion speaks."""
    plain = Minute(number, on_s=60.0, active_s=60.0, cpu=0, memory=0, disk=0, missing={"apps": "absent"})
    return replace(plain, **values)  # type: ignore[arg-type]


def happening(kind: str, app: str = "", number: int = 0, value: float | None = None) -> KeptHappening:
    return KeptHappening(f"e{number}", "2026-03-04", 9, 1000.0 + number, kind, app, "1.2", value, {})


def sample(name: str, value: float, about: str = "", at: float = 0.0) -> KeptSample:
    return KeptSample(at, name, value, about)


def summary(*minutes: Minute, **facts: object) -> dict[str, object]:
    return summarise(DayFacts(minutes=minutes, **facts), LISTED)  # type: ignore[arg-type]


def test_time_is_added_up_and_pressure_is_a_union_of_active_minutes() -> None:
    found = summary(
        minute(1, cpu=1, memory=1),
        minute(2, disk=1, active_s=30.0),
        minute(3, cpu=1, active_s=0.0),
        minute(4),
        measured_by={"cpu": "psi", "active": "session"},
    )
    assert found["on_s"] == 240
    assert found["usage_s"] == found["app_s"] == 150
    assert found["active_min"] == 2.5
    assert (found["cpu_min"], found["mem_min"], found["disk_min"]) == (1, 1, 0.5)
    assert found["pressure_min"] == 1.5
    assert (found["cpu_source"], found["active_source"], found["app_source"]) == ("psi", "session", "usage")


def test_crashes_count_ten_per_application_and_day() -> None:
    crashes = [happening("crash", "firefox", n) for n in range(13)]
    crashes += [happening("crash", "secret-game", n + 20) for n in range(2)]
    found = summary(minute(1), happenings=tuple(crashes))
    assert found["app_crashes"] == 12
    assert found["apps"] == [
        {"name": "firefox", "version": "1.2", "crashes": 10, "hangs": 0},
        {"name": "other", "version": "", "crashes": 2, "hangs": 0},
    ]


def test_hangs_keep_an_unknown_length_as_unknown() -> None:
    hangs = (happening("hang", "firefox", 1, 45.0), happening("hang", "firefox", 2))
    found = summary(minute(1), happenings=hangs)
    assert (found["app_hangs"], found["hang_list_s"]) == (2, [45.0, None])


def test_medians_and_lists_of_starts() -> None:
    samples = [sample("boot", 1)] * 3 + [sample("boot_s", 95), sample("boot_s", 40)]
    found = summary(minute(1), samples=(*samples, sample("boot_locked_s", 7)))
    assert (found["boots"], found["boot_s"], found["boot_list_s"]) == (3, 67.5, [95, 40])
    assert found["boot_locked_s"] == 7
    assert "boot_update_s" not in found


def test_the_network_is_judged_by_the_nearest_reference() -> None:
    far = [sample("probe_ok", 1, "far"), sample("probe_rtt_ms", 80, "far")] * 2
    near = [
        sample("probe_ok", 1, "near"),
        sample("probe_rtt_ms", 9, "near"),
        sample("probe_ok", 0, "near"),
    ]
    found = summary(minute(1), samples=tuple(far + near))
    assert (found["rtt_ms"], found["probes"], found["probes_failed"]) == (9, 2, 1)


def test_a_minute_is_offline_only_if_every_probe_failed() -> None:
    found = summary(minute(1, probes=2, failed=2, active_s=30.0), minute(2, probes=2, failed=1), minute(3))
    assert found["offline_min"] == 0.5


def test_what_could_not_be_read_is_unknown_and_never_zero() -> None:
    missing = {"crash": "denied", "cpu": "absent", "boot": "absent", "oscrash": "denied", "network": "absent"}
    found = summary(minute(1, missing=missing, cpu=None))
    assert not {"app_crashes", "cpu_min", "boots", "os_crashes", "offline_min", "probes"} & set(found)
    assert found["mem_min"] == 0
    coverage = found["coverage"]
    assert isinstance(coverage, dict)
    assert (coverage["crash"], coverage["cpu"], coverage["memory"]) == ("denied", "absent", "ok")
    assert set(coverage) == set(COVERED)


def test_without_active_use_no_share_of_it_is_told() -> None:
    found = summary(minute(1, active_s=None, missing={"active": "absent"}, cpu=1))
    assert not {"usage_s", "active_min", "cpu_min", "pressure_min"} & set(found)
    assert found["on_s"] == 60


def test_a_source_that_failed_for_a_while_is_a_gap_of_active_minutes() -> None:
    found = summary(
        minute(1), minute(2, missing={"disk": "gap", "apps": "absent"}, active_s=30.0, disk=None), minute(3)
    )
    assert found["coverage"]["disk"] == "gap"  # type: ignore[index]
    assert found["gap_min"] == {"disk": 0.5}


def test_time_without_the_agent_is_a_gap_at_the_days_share_of_active_use() -> None:
    """Four watched minutes, half of them active; then an hour awake that nobody watched."""
    watched = [minute(n, active_s=60.0 * (n % 2)) for n in range(4)]
    found = summary(*watched, minute(70, on_s=3660.0, active_s=0.0))
    assert found["gap_min"]["cpu"] == pytest.approx(60 * 2 / 5)  # type: ignore[index]
    assert found["coverage"]["cpu"] == "gap"  # type: ignore[index]
    assert found["coverage"]["crash"] == "ok"  # type: ignore[index]
    assert found["on_s"] == 4 * 60 + 3660


def test_the_summary_holds_nothing_that_is_not_in_the_vocabulary() -> None:
    found = summary(
        minute(1),
        samples=(sample("disk_free_pct", 12), sample("disk_free_pct", 11), sample("patch_age_d", 3)),
        happenings=(happening("crash", "firefox"), happening("oscrash", "", 1)),
        measured_by={"cpu": "psi", "disk": "busy", "memory": "psi", "active": "input"},
    )
    lost: list[str] = []
    fitted = fit(found, SUMMARY, lost.append)
    assert lost == []
    assert set(found) <= {field.name for field in SUMMARY}
    assert fitted["disk_free_pct"] == 11


def test_impossible_values_are_left_out_and_told() -> None:
    lost: list[str] = []
    values = {"usage_s": -1.0, "boots": float("nan"), "on_s": float("inf"), "secret": 1, "rtt_ms": 12.3}
    assert fit(values, SUMMARY, lost.append) == {"rtt_ms": 12.3}
    assert sorted(lost) == ["boots", "on_s", "secret", "usage_s"]


def test_an_event_tells_the_hour_and_a_listed_name_at_most() -> None:
    crash = replace(happening("crash", "secret-game"), detail={"signal": "SIGSEGV", "path": "/home/anna/x"})
    assert event_of(crash, LISTED) == {
        "event_id": "e0",
        "kind": "crash",
        "hour": 9,
        "app": "other",
        "version": "",
        "detail": {"signal": "SIGSEGV"},
    }
    assert "hour" not in event_of(replace(happening("update"), detail={"result": "installed"}), LISTED)


def test_names_are_matched_as_systems_write_them() -> None:
    assert LISTED.named("FIREFOX.EXE", "9") == ("firefox", "9")
    assert LISTED.named("Microsoft Excel", "") == ("Microsoft Excel", "")
    assert LISTED.named("", "1") == ("other", "")
