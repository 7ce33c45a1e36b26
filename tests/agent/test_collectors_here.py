"""All collectors on the machine that runs the tests, as this account and as one without rights."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions
from agent.reading import SourceAbsent, SourceDenied
from agent.signals import COVERED, EVENT_KINDS

ROOT = Path(__file__).parents[2]
MEASURES = {
    *("on_s", "active_s", "cpu_pressed", "mem_pressed", "disk_pressed", "probe_ok", "probe_rtt_ms"),
    *("boot", "boot_s", "boot_locked_s", "signin", "signin_s"),
    *("battery_health_pct", "disk_free_pct", "patch_age_d", "wifi_signal_pct"),
}


def test_every_source_has_one_collector_at_most():
    covered = [name for c in all_collectors(CollectorOptions()) for name in c.covers]
    assert len(covered) == len(set(covered))
    assert set(covered) <= set(COVERED)
    names = [c.name for c in all_collectors(CollectorOptions())]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [c.name for c in all_collectors(CollectorOptions())])
def test_a_collector_measures_or_says_in_a_sentence_why_not(name):
    collector = next(c for c in all_collectors(CollectorOptions()) if c.name == name)
    cursor, refusals = None, []
    for _ in range(2):
        try:
            reading = collector.collect(time.time(), cursor)
        except (SourceAbsent, SourceDenied) as refusal:
            refusals.append(str(refusal))
            continue
        cursor = reading.cursor or cursor
        assert {sample.name for sample in reading.samples} <= MEASURES
        assert {event.kind for event in reading.events} <= set(EVENT_KINDS)
    assert all(sentence.endswith(".") for sentence in refusals)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and /sys")
def test_a_linux_machine_always_tells_these():
    told = set()
    for collector in all_collectors(CollectorOptions()):
        if collector.name in {"cpu", "memory", "awake", "space", "active"}:
            first = collector.collect(time.time(), None)
            time.sleep(0.02)
            told |= {s.name for s in (*first.samples, *collector.collect(time.time(), None).samples)}
    assert told == {"cpu_pressed", "mem_pressed", "on_s", "disk_free_pct", "active_s"}


AS_NOBODY = """
import encodings.ascii, json, os, pwd, time  # loaded while this account may still read all of Python
from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions
os.setgroups([])
os.setgid(NUMBER)
os.setuid(NUMBER)
told = {}
for c in all_collectors(CollectorOptions()):
    try:
        c.collect(time.time(), None)
        told[c.name] = ["ok", ""]
    except Exception as error:
        told[c.name] = [type(error).__name__, getattr(error, "grant", "")]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def as_nobody() -> dict[str, list[str]]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("not run: only root can give up its rights")
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY.replace("NUMBER", "65534")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def test_an_account_without_rights_fails_nowhere(as_nobody):
    assert {state for state, _ in as_nobody.values()} <= {"ok", "SourceAbsent", "SourceDenied"}


def test_crashes_that_an_account_may_not_see_are_unknown_with_a_command_that_helps(as_nobody):
    state, grant = as_nobody["crash"]
    assert state in {"SourceAbsent", "SourceDenied"}
    assert grant.startswith("sudo ")
