"""Every recording of a real machine says what its ground truth says: each thing once, and nothing else.

Recordings, their licences and the truth (`expected.json`, read by other tools than ours): tests/recorded.
"""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collector_helpers import needs_journalctl
from parsed_output import parsed

RECORDED = Path(__file__).parents[1] / "recorded"
SAMPLES = RECORDED / "samples"
TRUTH = json.loads((RECORDED / "expected.json").read_text())


pytestmark = pytest.mark.usefixtures("machine_on_utc")


def stored(name: str) -> Path:
    plain = SAMPLES / name
    return plain if plain.exists() else plain.with_name(plain.name + ".gz")


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace(" ", "T").replace("Z", "")).replace(tzinfo=UTC)


def same_moment(ours: str | None, theirs: str | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return abs((at(ours) - at(theirs)).total_seconds()) < 0.002  # the truth is cut to milliseconds


def of_type(truth: dict, *types: str) -> list[dict]:
    return [r for r in truth["records"] if r["type"] in types]


def event(truth: dict, provider: str, number: int) -> list[dict]:
    return [r for r in of_type(truth, "event") if (r["provider"], r["event_id"]) == (provider, number)]


def true_failures(truth: dict, cls: str, direct: str) -> list[str | None]:
    """One moment per report id: an Application Error and its rows of Windows Error Reporting are one."""
    moments: dict[str, str] = {}
    rows = [
        *of_type(truth, direct),
        *(r for r in of_type(truth, "wer_report", "wer_file") if r["cls"] == cls),
    ]
    for row in rows:
        moments.setdefault(row["report_id"], row["time"])
    return list(moments.values())


def is_system_update(title: str) -> bool:
    return ("KB" in title and "Defender" not in title) or title.startswith("Feature update to Windows")


def true_crashes(truth: dict) -> list[str | None]:
    segfaults = {r["pid"]: None for r in of_type(truth, "segfault")}
    reports = of_type(truth, "app_crash", "coredump")
    local = [r.get("time") or r["time_local"].replace(" CET", "") for r in reports]
    return [*local, *segfaults.values()]


def true_records(truth: dict) -> dict[str, list[str | None]]:
    """The moments of what the truth holds, by our signals. Counts of a signal are the length of its list."""
    windows = truth["kind"] == "evtx"
    crashes = true_failures(truth, "crash", "app_crash") if windows else true_crashes(truth)
    unclean = {"linux/journal/fedora37-boot3-system.journal.gz": 1}.get(truth["file"], 0)
    panics = 1 if of_type(truth, "kernel_panic", "os_crash") else 0
    resumes = [*of_type(truth, "resume"), *event(truth, "Microsoft-Windows-Power-Troubleshooter", 1)]
    boots = [
        *of_type(truth, "boot_perf", "system_startup"),
        *event(truth, "Microsoft-Windows-Diagnostics-Performance", 100),
    ]
    updates = [r for r in of_type(truth, "update_installed", "update_failed") if is_system_update(r["title"])]
    updates += [r for r in of_type(truth, "install") if r["name"].startswith(("OS X", "macOS"))]
    hangs = [*true_failures(truth, "hang", "app_hang"), *times(event(truth, "Application Hang", 1002))]
    return {
        "crash": crashes,
        "hang": hangs,
        "oscrash": [
            *times(of_type(truth, "kernel_power_41")),  # one per incident in these logs
            *times(event(truth, "EventLog", 6008)),
            *([None] * (unclean + panics + (truth.get("reboots_not_preceded_by_shutdown_row") or 0))),
        ],
        "boot": times(boots),
        "update": [
            *times(updates),
            *(r["start_local"] for r in of_type(truth, "apt_run") if "upgrade" in r),
        ],
        "resume": times(resumes),
        "oom": times(of_type(truth, "oom_kill")),
        "shutdown": [
            *times([r for r in of_type(truth, "shutdown_perf") if not r["implausible"]]),
            *times(event(truth, "Microsoft-Windows-Diagnostics-Performance", 200)),
        ],
        "signin": [None] * len(of_type(truth, "gp_logon", "profile_load")),
    }


def times(records: list[dict]) -> list[str | None]:
    return [r.get("time") for r in records]


@pytest.mark.parametrize(
    "truth", [t for t in TRUTH if t["kind"] != "last" or "osx" in t["file"]], ids=lambda t: t["file"]
)
def test_a_recording_says_what_its_ground_truth_says(truth):
    if truth["kind"] == "journal" and not shutil.which("journalctl"):
        pytest.skip("journalctl is not installed")
    ours = parsed(stored(truth["file"]))
    expected = true_records(truth)
    assert Counter(r["signal"] for r in ours) == Counter({s: len(m) for s, m in expected.items() if m})
    for signal, moments in expected.items():
        left = [r["time"] for r in ours if r["signal"] == signal]
        for moment in filter(None, moments):
            match = next((t for t in left if same_moment(t, moment)), "none")
            assert match != "none", f"{signal} of {moment} is missing"
            left.remove(match)


def test_boot_durations_are_those_of_the_truth():
    for truth in TRUTH:
        measured = {r.get("time"): r for r in of_type(truth, "boot_perf", "system_startup")}
        if not measured or (truth["kind"] == "journal" and not shutil.which("journalctl")):
            continue
        boots = [r for r in parsed(stored(truth["file"])) if r["signal"] == "boot"]
        values = sorted(b["value"] for b in boots)
        theirs = sorted(
            (r.get("boot_ms") or r.get("total_ms") or r["userspace_ms"]) / 1000
            for r in of_type(truth, "boot_perf", "system_startup")
        )
        assert values == pytest.approx(theirs, abs=0.002), truth["file"]
        assert {b["unit"] for b in boots} == {"s"}


def test_applications_are_named_as_in_the_truth():
    for truth in TRUTH:
        crashes = of_type(truth, "app_crash")
        if not crashes or truth["kind"] == "doc_example":
            continue
        ours = [r for r in parsed(stored(truth["file"])) if r["signal"] == "crash"]
        assert Counter(r["app"] for r in ours) == Counter(r["app"].rpartition("/")[2] for r in crashes)


def test_stop_error_and_power_loss_are_told_apart():
    incidents = [
        r for r in parsed(stored("windows/eventlog/win7-shieldbase/System.evtx")) if r["signal"] == "oscrash"
    ]
    assert [r["detail"]["cause"] for r in incidents] == ["stop_error", "power_loss"]
    assert incidents[0]["detail"]["code"] == "0x10001"
    # The time in words is localised ("9:59:13 AM"); the binary beside it is not.
    assert incidents[0]["detail"]["last_alive"].startswith("2012-04-06T13:59:13")


def test_the_logs_of_one_machine_give_whole_signins():
    folder = SAMPLES / "windows/eventlog/win10-belkasoft"
    signins = [r for r in parsed(*sorted(folder.iterdir())) if r["signal"] == "signin"]
    assert len(signins) == 18
    first = signins[0]
    assert first["time"] == "2020-08-01T18:49:09.275242Z"  # Winlogon's begin
    assert first["value"] == pytest.approx(0.793557)  # until the policy's end
    assert set(first["detail"]) == {"authentication_s", "profile_s", "policy_s"}


@needs_journalctl
def test_an_unclean_end_counts_once_over_the_files_of_a_boot():
    folder = SAMPLES / "linux/journal"
    files = [folder / "fedora37-boot3-system.journal.gz", folder / "fedora37-user1000-2boots.journal.gz"]
    assert Counter(r["signal"] for r in parsed(*files, folder / "fedora37-boot1-system.journal.gz")) == {
        "boot": 2,
        "oscrash": 1,
    }


def test_nothing_private_is_said():
    everything = json.dumps([r for t in TRUTH if t["kind"] != "journal" for r in parsed(stored(t["file"]))])
    for private in (
        "\\\\",
        "/Users",
        "/usr",
        "86400",
        "bdrung",
        "anit.ghosh",
        "contentproc",
        "moxilo",
        "S-1-5",
    ):
        assert private not in everything
    assert "apt-get" not in everything
