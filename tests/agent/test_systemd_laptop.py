"""Starts, crashes, sign-ins and cut-off runs of a real Debian with systemd, in a container."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from collector_helpers import eventually

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

# Cores of programs in the container go to its own handler: the setting is the host's and knows no containers.
CORE_INTO = """#!/bin/sh
P=$1; shift
[ "$(readlink /proc/$P/ns/pid)" = "$(readlink /proc/self/ns/pid)" ] && exec cat >/dev/null
exec nsenter -t $P -m -u -i -n -p -C -- /lib/systemd/systemd-coredump "$@"
"""

LOOK = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, "/opt/dex")
from agent.collectors import all_collectors, crash_linux
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import SourceAbsent, SourceDenied
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

FAKE_DESKTOP = """[Unit]
Wants=graphical-session.target
Before=graphical-session.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=sleep 1
"""


class Laptop:
    """The container: on, off, cut off, and commands inside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._outer: subprocess.Popen[bytes] | None = None
        self._inner = 0

    def start(self) -> None:
        self._outer = subprocess.Popen(
            [
                *("systemd-nspawn", "-q", "-D", str(self._folder), f"--machine=dex{os.getpid()}"),
                *("--register=no", "--keep-unit", "--private-network", "--boot"),
                f"--bind-ro={ROOT / 'agent'}:/opt/dex/agent",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert eventually(self._is_up, 60)

    def _is_up(self) -> bool:
        """The child is looked up anew each time: the first one only prepares the namespaces."""
        assert self._outer is not None
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().split()
        self._inner = int(children[-1]) if children else 0
        return bool(children) and self.run("systemctl", "is-system-running") in ("running", "degraded")

    def run(self, *command: str, given: str = "") -> str:
        inside = ["nsenter", "-t", str(self._inner), "-a", "env", "-i", PATH, "HOME=/root", *command]
        done = subprocess.run(inside, input=given, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.strip()

    def look(self) -> dict[str, dict[str, Any]]:
        self.run("journalctl", "--sync")
        told: dict[str, dict[str, Any]] = json.loads(self.run("python3", "-c", LOOK))
        return told

    def cut_off(self) -> None:
        os.kill(self._inner, 9)
        self._ended()

    def shut_down(self) -> None:
        self.run("systemctl", "poweroff")
        self._ended()

    def _ended(self) -> None:
        assert self._outer is not None
        self._outer.wait(30)
        self._outer = None

    def close(self) -> None:
        if self._outer is not None:
            self._outer.kill()
            self._outer.wait(30)
            if self._inner:
                with contextlib.suppress(ProcessLookupError):  # it ends with the outer one, or is in the way
                    os.kill(self._inner, 9)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    system = os.environ.get("DEX_SYSTEMD_ROOT", "")
    if os.geteuid() != 0 or not shutil.which("systemd-nspawn") or not Path(system, "bin/systemctl").exists():
        pytest.skip("not run: needs root, systemd-nspawn and a system in DEX_SYSTEMD_ROOT (docs/signals.md)")
    layers = tmp_path_factory.mktemp("laptop")
    for name in ("upper", "work", "merged"):
        (layers / name).mkdir()
    options = f"lowerdir={system},upperdir={layers}/upper,workdir={layers}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(layers / "merged")], check=True)
    made = Laptop(layers / "merged")
    try:
        (layers / "merged/var/log/journal").mkdir(exist_ok=True)
        (layers / "merged/etc/core_pattern").write_text("|/lib/systemd/systemd-coredump %P\n")
        made.start()
        made.look()
        yield made
    finally:
        made.close()
        # Lazily: what still ends in there must not leave it behind for pytest, which cannot delete a mount.
        subprocess.run(["umount", "--lazy", str(layers / "merged")], check=True)


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
    handler = tmp_path / "core-into"
    handler.write_text(CORE_INTO)
    handler.chmod(0o755)
    before = CORE_PATTERN.read_text()
    try:
        CORE_PATTERN.write_text(f"|{handler} %P %p %u %g %s %t %c %h %d")
    except OSError:
        pytest.skip("not run: kernel.core_pattern cannot be set here")
    yield
    CORE_PATTERN.write_text(before)


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
    laptop.run("useradd", "--create-home", "anna")
    laptop.run("tee", "/etc/systemd/user/desktop.service", given=FAKE_DESKTOP)
    laptop.look()
    session = ["-E", "XDG_SESSION_TYPE=wayland", "-E", "XDG_SESSION_CLASS=user", "-E", "XDG_SEAT=seat0"]
    laptop.run("systemd-run", "-q", "--uid=anna", "-p", "PAMName=login", *session, "sleep", "300")
    number = eventually(lambda: laptop.run("loginctl", "list-sessions", "--no-legend").split(" ")[0], 20)
    as_anna = ["runuser", "-u", "anna", "--", "env", "XDG_RUNTIME_DIR=/run/user/1000"]
    assert eventually(lambda: laptop.run(*as_anna, "systemctl", "--user", "is-system-running"), 20)
    laptop.run(*as_anna, "systemctl", "--user", "start", "desktop.service")
    told = laptop.look()
    assert told["signin"]["samples"]["signin"] == 1.0
    assert 1.0 <= told["signin"]["samples"]["signin_s"] < 60
    assert told["active"] == {"samples": {"active_s": 60.0}, "sources": ["session"], "events": []}
    name = "org.freedesktop.login1"
    path = f"/org/freedesktop/login1/session/_3{number}"
    laptop.run("busctl", "call", name, path, f"{name}.Session", "SetIdleHint", "b", "true")
    assert laptop.look()["active"]["samples"] == {"active_s": 0.0}
