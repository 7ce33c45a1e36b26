"""A working day on Windows and on macOS, lived on Linux by the agent's own code for them
(tests/other_system.py): what the system told reaches the day's summary, each source in its state.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.signals import COVERED

TESTS = Path(__file__).parents[1]
PERFORMANCE = "Microsoft-Windows-Diagnostics-Performance/Operational"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="made for Linux: elsewhere runs the real thing"
)


def day_on(system: str, folder: Path, *denied: str, minutes: int = 480) -> dict[str, Any]:
    (folder / "denied").write_text("\n".join(denied))
    done = subprocess.run(
        [sys.executable, str(TESTS / "other_system.py"), system, str(folder), str(minutes)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": f"{TESTS.parent}:{TESTS}"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return day_on("windows", tmp_path_factory.mktemp("windows"))


@pytest.fixture(scope="module")
def macos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return day_on("macos", tmp_path_factory.mktemp("macos"))


LOOKED_AT_ALIKE = {
    "app_crashes": 1,
    "app_hangs": 1,
    "os_crashes": 1,
    "boots": 1,
    "cpu_min": 10.0,
    "mem_min": 5.0,
    "disk_min": 3.0,
    "pressure_min": 18.0,
    "probes_failed": 0,
    "rtt_ms": 20.0,
    "offline_min": 0,
    "wifi_signal_pct": 80.0,
    "battery_health_pct": 80.0,
    "disk_free_pct": pytest.approx(41.0),
    "gap_min": {},
}


def part_of(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in wanted}


def test_a_day_on_windows_is_told_whole(windows: dict[str, Any]) -> None:
    wanted = LOOKED_AT_ALIKE | {
        "active_min": 419.0,  # one hour locked, one minute without input
        "probes": 482,  # one right after waking
        "active_source": "input",
        "on_s": pytest.approx(8 * 3600, abs=60),  # the hour of sleep is none of it
        "boot_list_s": [50.0],  # the main path without profile and desktop
        "signins": 1,
        "signin_list_s": [12.0],
        "hang_list_s": [None],
        "patch_age_d": pytest.approx(3.3, abs=0.1),
        "cpu_source": "queue",
        "mem_source": "paging",
        "disk_source": "busy",
        "apps": [
            {"name": "WINWORD.EXE", "version": "16.0.1.2", "crashes": 1, "hangs": 0},
            {"name": "other", "version": "", "crashes": 0, "hangs": 1},
        ],
    }
    assert part_of(windows["summary"], wanted) == wanted


def test_a_day_on_macos_is_told_whole(macos: dict[str, Any]) -> None:
    wanted = LOOKED_AT_ALIKE | {
        "active_min": 420.0,  # one hour without input
        "probes": 481,
        "active_source": "input",
        "on_s": pytest.approx(8 * 3600, abs=60),  # the hour of sleep is none of it
        "hang_list_s": [6.2],
        "patch_age_d": pytest.approx(1.0, abs=0.1),
        "cpu_source": "load",
        "mem_source": "level",
        "disk_source": "transfer",
        "apps": [
            {"name": "a.out", "version": "1.2", "crashes": 1, "hangs": 0},
            {"name": "other", "version": "", "crashes": 0, "hangs": 1},
        ],
    }
    assert part_of(macos["summary"], wanted) == wanted


def test_each_source_is_in_its_state(windows: dict[str, Any], macos: dict[str, Any]) -> None:
    nobody_speaks_nothing_is_listed = {"apps": "absent", "services": "absent"}
    on_windows = dict.fromkeys(COVERED, "ok") | nobody_speaks_nothing_is_listed
    assert windows["summary"]["coverage"] == on_windows
    assert macos["summary"]["coverage"] == on_windows | {"boot": "absent", "signin": "absent"}


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_what_happened_is_told_as_events(system: str, request: pytest.FixtureRequest) -> None:
    day = request.getfixturevalue(system)
    exception = "c0000005" if system == "windows" else "SIGSEGV"
    cause = "power_loss" if system == "windows" else "unknown"
    assert [(event["kind"], event["hour"], event["detail"]) for event in day["events"]] == [
        ("oscrash", 8, {"cause": cause}),
        ("crash", 8, {"signal": exception}),
        ("hang", 8, {}),
        ("update", 11, {"result": "installed"}),
    ]


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_who_was_busy_is_kept_of_bad_minutes_alone(system: str, request: pytest.FixtureRequest) -> None:
    assert set(request.getfixturevalue(system)["busiest"]) == {"Teams"}


def test_how_long_a_start_took_on_a_mac_is_unknown_and_not_nothing(macos: dict[str, Any]) -> None:
    assert not {"boot_s", "boot_list_s", "signins", "signin_s"} & set(macos["summary"])


def test_an_account_that_may_not_read_how_long_starts_took_still_counts_them(tmp_path: Path) -> None:
    day = day_on("windows", tmp_path, PERFORMANCE, minutes=10)
    assert day["summary"]["coverage"]["boot"] == "denied"
    assert day["summary"]["boots"] == 1
    assert "boot_s" not in day["summary"]
    assert day["sources"]["boot"]["grant"].startswith("powershell Add-LocalGroupMember -SID S-1-5-32-573")


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_the_commands_tell_of_that_day(system: str, request: pytest.FixtureRequest) -> None:
    said = request.getfixturevalue(system)["said"]
    assert {name: code for name, (code, _text) in said.items()} == {"status": 1, "doctor": 1, "show": 0}
    assert said["status"][1].startswith("This laptop is not enrolled")
    assert "08:41:00  An application stopped answering" in said["show"][1]
    foreign = ("sudo", "systemd") if system == "windows" else ("systemd", "powershell", "Windows")
    assert [word for word in foreign if word in said["doctor"][1]] == []
