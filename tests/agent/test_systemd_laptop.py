"""Starts, crashes, sign-ins and cut-off runs of a real Debian with systemd, in a container."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from systemd_laptop import SystemdLaptop, cores_in_the_container, layered, system_root
from waiting import eventually

pytestmark = pytest.mark.soak

LOOK = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, "/opt/dex")
from agent.collectors import all_collectors, crash_linux
from agent.collectors.options import CollectorOptions
from agent.reading import SourceAbsent, SourceDenied
crash_linux.CORE_PATTERN = Path("/etc/core_pattern")
kept, told = Path("/var/lib/cursors"), {}
cursors = json.loads(kept.read_text()) if kept.exists() else {}
for c in all_collectors(CollectorOptions()):
    try:
        reading = c.collect(time.time(), cursors.get(c.name))
    except (SourceAbsent, SourceDenied) as refusal:
        told[c.name] = {"refused": str(refusal)}
        continue
    cursors[c.name] = reading.cursor if reading.cursor is not None else cursors.get(c.name)
    told[c.name] = {
        "samples": {s.name: s.value for s in reading.samples},
        "sources": [s.attributes.get("source") for s in reading.samples],
        "events": [[e.kind, e.app, dict(e.detail)] for e in reading.events],
    }
kept.write_text(json.dumps(cursors))
print(json.dumps(told))
"""


class Laptop(SystemdLaptop):
    """With one look at all its sources."""

    def look(self) -> dict[str, dict[str, Any]]:
        self.run("journalctl", "--sync")
        told: dict[str, dict[str, Any]] = json.loads(self.run("python3", "-c", LOOK))
        return told


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with layered(system_root(), tmp_path_factory.mktemp("laptop")) as folder:
        (folder / "etc/core_pattern").write_text("|/lib/systemd/systemd-coredump %P\n")
        made = Laptop(folder)
        try:
            made.start()
            made.look()
            yield made
        finally:
            made.close()


def test_a_start_is_measured_once(laptop):
    laptop.shut_down()
    laptop.start()
    told = laptop.look()
    assert told["starts"]["samples"] == {"boot": 1.0}
    assert 0.1 < told["boot"]["samples"]["boot_s"] < 120
    again = laptop.look()
    assert again["starts"]["samples"] == again["boot"]["samples"] == {}


def test_a_run_that_was_cut_off_is_a_crash_of_the_system_and_a_shutdown_is_none(laptop):
    laptop.look()
    laptop.cut_off()
    laptop.start()
    assert laptop.look()["oscrash"]["events"] == [["oscrash", "", {"cause": "unknown"}]]
    laptop.shut_down()
    laptop.start()
    assert laptop.look()["oscrash"]["events"] == []


@pytest.fixture
def cores_go_into_the_container(tmp_path):
    with cores_in_the_container(tmp_path):
        yield


CRASH = """
import subprocess, time
for number in (11, 6):
    program = subprocess.Popen(["sleep", "60"])
    time.sleep(0.2)
    program.send_signal(number)
    program.wait()
"""
FORGED = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1\nCOREDUMP_EXE=/usr/bin/forged\nCOREDUMP_SIGNAL=11\n"


def test_crashes_are_read_from_the_journal_and_forged_ones_are_not(laptop, cores_go_into_the_container):
    laptop.look()
    laptop.run("python3", "-c", CRASH)
    laptop.run("logger", "--journald", given=FORGED)
    events: list[list[Any]] = []
    eventually(lambda: events.extend(laptop.look()["crash"]["events"]) or len(events) >= 2, 20)
    assert [app for _, app, _ in events] == ["sleep", "sleep"]
    assert {detail["signal"] for _, _, detail in events} == {"SIGSEGV", "SIGABRT"}
    assert laptop.look()["crash"]["events"] == []


def test_a_sign_in_is_measured_and_an_idle_desktop_is_not_in_use(laptop):
    laptop.hire("anna")
    laptop.look()
    number = laptop.sign_in("anna")
    told = laptop.look()
    assert told["signin"]["samples"]["signin"] == 1.0
    assert 1.0 <= told["signin"]["samples"]["signin_s"] < 60
    assert told["active"] == {"samples": {"active_s": 60.0}, "sources": ["session"], "events": []}
    laptop.set_hint(number, "SetIdleHint", True)
    assert laptop.look()["active"]["samples"] == {"active_s": 0.0}
