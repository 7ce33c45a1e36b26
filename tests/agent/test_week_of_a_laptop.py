"""A scripted week of a real Debian with systemd and the agent on it: the collector has what was scripted.

Programs really crash, the system is really cut off, the network is really away, people sign in by PAM, and
the collector is the product's own, in a network of its own. Only the wall clock is ahead, for the journal,
the agent and the collector alike (tests/clock_ahead.c), and minutes pass when they are told to
(tests/agent_by_the_minute.py): that is how a week fits into minutes. What is written here is exact.
"""

import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from collector_process import Collector
from network_cable import HUB, Cable
from systemd_laptop import ROOT, SystemdLaptop, cores_in_the_container, layered, system_root
from waiting import eventually

from server.db import Store, without_org
from server.devices.store import create_enrolment_key
from server.ingest.models import device_day, event
from server.people.models import Organisation

WEEK = {
    "Monday": "boot, sign in, work 50, crash firefox, work 40, idle 15, work 30, shut down",
    "Tuesday": "boot, sign in, work 30, offline 45, work 20, crash firefox, crash sleep, work 10, shut down",
    "Wednesday": "boot, sign in, work 60, cut off, boot, sign in, work 25, crash firefox, cut off",
    "Thursday": "boot, sign in, work 20, collector away 60, work 20, locked 30, work 10, shut down",
    "Friday": "boot, sign in, offline 90, work 30, cut off, boot, sign in, work 10, shut down, "
    "boot, sign in, work 15, shut down",
    "Saturday": "",
    "Sunday": "boot, sign in, work 20, no answer 2, work 20, crash sleep, shut down",
}
TWO_DAYS = {
    "Monday": "boot, sign in, work 20, crash firefox, offline 15, idle 5, collector away 10, crash sleep, "
    "cut off",
    "Tuesday": "boot, sign in, work 15, locked 5, shut down",
}
AFTERWARDS = "boot, work 120"
"""The next start: what could not leave before leaves now."""
MORNING = 8
WORKED = ("work", "offline", "no answer", "collector away")
"""Of the script's minutes, those in which somebody is at work; "idle" and "locked" are none."""

CONFIG = "/etc/dex-agent/agent.toml"
CLOCK = {"LD_PRELOAD": "/week/clock_ahead.so", "CLOCK_AHEAD": "/week/clock"}

AGENT = f"""[Unit]
Wants=systemd-journald.service
[Service]
Environment={" ".join(f"{name}={value}" for name, value in CLOCK.items())} PYTHONPATH=/opt/dex
ExecStart=/usr/bin/python3 /opt/dex/agent_by_the_minute.py {CONFIG} /week
[Install]
WantedBy=multi-user.target
"""
JOURNAL = f"""[Service]
Environment={" ".join(f"{name}={value}" for name, value in CLOCK.items())}
"""


class Wall:
    """The clock that laptop and collector share: a file with the nanoseconds it is ahead."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.file.write_bytes(struct.pack("q", 0))

    def now(self) -> float:
        return time.time() + struct.unpack("q", self.file.read_bytes())[0] / 1e9

    def set(self, at: datetime) -> None:
        with self.file.open("r+b") as file:
            file.write(struct.pack("q", int((at.timestamp() - time.time()) * 1e9)))


class HubCollector(Collector):
    """The product's collector, on the other end of the laptop's cable."""

    def answers(self) -> bool:
        ask = f"import urllib.request as u; u.urlopen('{self.address}/healthz', timeout=2)"
        return not subprocess.run([*self._inside, sys.executable, "-c", ask], capture_output=True).returncode


class Week:
    """Does what the script says, and counts what must come of it."""

    def __init__(
        self, laptop: SystemdLaptop, collector: Collector, cable: Cable, wall: Wall, key: str
    ) -> None:
        self.laptop, self.collector, self.cable, self.wall, self.key = laptop, collector, cable, wall, key
        self.expected: dict[date, Counter[str]] = {}
        self.events: Counter[tuple[date, int, str, str]] = Counter()
        self._day = Counter[str]()
        self._session = ""

    def live(self, script: Mapping[str, str], first: date) -> None:
        for number, line in enumerate(script.values()):
            day = first + timedelta(days=number)
            self.wall.set(datetime(day.year, day.month, day.day, MORNING, tzinfo=UTC))
            self._day = self.expected[day] = Counter()
            for step in filter(None, line.split(", ")):
                self._do(step)

    def _do(self, step: str) -> None:
        found = re.fullmatch(r"([a-z ]+?) ?(\d+)?", step)
        assert found is not None
        words, minutes = found[1], int(found[2] or 0)
        if words in WORKED:
            self._day["active"] += minutes
        match words.split(maxsplit=1):
            case ["boot"]:
                self._boot()
            case ["sign", _]:
                self._session = self.laptop.sign_in("anna")
                self._day["signins"] += 1
            case ["crash", program]:
                self._crash(program)
            case ["shut", _]:
                self.laptop.shut_down()
            case ["cut", _]:
                self.laptop.cut_off()
                self._day["os_crashes"] += 1
            case ["work"]:
                self._minutes_pass(minutes)
            case ["idle"] | ["locked"]:
                method = {"idle": "SetIdleHint", "locked": "SetLockedHint"}[words]
                self.laptop.set_hint(self._session, method, True)
                self._minutes_pass(minutes)
                self.laptop.set_hint(self._session, method, False)
            case ["offline"] | ["no", _]:
                cut = self.cable.near_end if words == "offline" else self.cable.far_end
                cut("down")
                self._minutes_pass(minutes)
                cut("up")
                self._day["offline"] += minutes
            case ["collector", _]:
                self.collector.kill()
                self._minutes_pass(minutes)
                self.collector.start()
            case _:
                raise AssertionError(step)

    def _boot(self) -> None:
        self.laptop.start()
        if self.key:
            here = ["env", *(f"{name}={value}" for name, value in CLOCK.items()), "PYTHONPATH=/opt/dex"]
            enrol = [
                "python3",
                "-m",
                "agent",
                "--config",
                CONFIG,
                "enroll",
                "--company-owned",
                "--key",
                self.key,
            ]
            assert self.laptop.run(*here, *enrol), "not enrolled"
            self.key = ""
            self.laptop.hire("anna")
            self.laptop.run("systemctl", "enable", "--now", "dex-by-the-minute.service")
        self._day["boots"] += 1
        self._minutes_pass(1)

    def _crash(self, program: str) -> None:
        known = self._dumps()
        run = f"import subprocess as s; p = s.Popen(['/opt/{program}', '60']); p.send_signal(11); p.wait()"
        at = datetime.fromtimestamp(self.wall.now(), UTC)
        self.laptop.run("python3", "-c", run)
        assert eventually(lambda: self._dumps() > known, 20)
        self._day["app_crashes"] += 1
        app = program if program == "firefox" else "other"
        self.events[at.date(), at.hour, "crash", app] += 1

    def _dumps(self) -> int:
        find = ("journalctl", "-q", "-o", "cat", "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1")
        return len(self.laptop.run(*find, "--output-fields=COREDUMP_PID").split())

    def _minutes_pass(self, minutes: int) -> None:
        door = eventually(self._door, 30)
        assert door, self.laptop.run("systemctl", "status", "dex-by-the-minute")
        with door, door.makefile("rw") as lines:
            lines.write(f"live {minutes}\n")
            lines.flush()
            assert lines.readline() == "lived\n", self.laptop.run("journalctl", "-u", "dex-by-the-minute")

    def _door(self) -> socket.socket | None:
        """Nobody is behind it before the agent is up; an agent that was cut off leaves one."""
        door = socket.socket(socket.AF_UNIX)
        door.settimeout(120)
        if door.connect_ex(str(self.wall.file.with_name("door"))) == 0:
            return door
        door.close()
        return None


@pytest.fixture
def week(tmp_path: Path, sqlite_url: str, store: Store, org: Organisation) -> Iterator[Week]:
    system = system_root("ip", "cc")
    with ExitStack() as stack:
        cable = stack.enter_context(Cable())
        folder = tmp_path / "week"
        folder.mkdir()
        library = ROOT / "tests/clock_ahead.c"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-o", folder / "clock_ahead.so", library], check=True
        )
        wall = Wall(folder / "clock")
        (tmp_path / "layers").mkdir()
        root = stack.enter_context(layered(system, tmp_path / "layers"))
        stack.enter_context(cores_in_the_container(tmp_path, wall.file))
        more = {"LD_PRELOAD": str(folder / "clock_ahead.so"), "CLOCK_AHEAD": str(wall.file)}
        inside = ("ip", "netns", "exec", cable.hub)
        collector = HubCollector(tmp_path, sqlite_url, HUB, inside, more)
        stack.callback(collector.kill)
        prepare(root, collector.address)
        laptop = SystemdLaptop(
            root,
            (
                f"--network-namespace-path=/run/netns/{cable.laptop}",
                f"--bind={folder}:/week",
                f"--bind-ro={ROOT / 'tests/agent_by_the_minute.py'}:/opt/dex/agent_by_the_minute.py",
            ),
        )
        stack.callback(laptop.close)
        with store.transaction() as session:
            key = create_enrolment_key(session, org.org_id, date.today() + timedelta(days=7))
        yield Week(laptop, collector, cable, wall, key)


def prepare(root: Path, address: str) -> None:
    """What an installation would put there, and somebody who works with it."""
    units = root / "etc/systemd/system"
    (units / "dex-by-the-minute.service").write_text(AGENT)
    (units / "systemd-journald.service.d").mkdir()
    (units / "systemd-journald.service.d/clock.conf").write_text(JOURNAL)
    (root / CONFIG[1:]).parent.mkdir()
    (root / CONFIG[1:]).write_text(f'server = "{address}"\nplain_http = true\nstate = "/var/lib/dex-agent"\n')
    (root / "etc/core_pattern").write_text("|/lib/systemd/systemd-coredump %P\n")
    for program in ("firefox", "sleep"):
        shutil.copy(root / "bin/sleep", root / "opt" / program)
    shutil.rmtree(root / "var/lib/apt/lists")  # a question to the package manager is not what this is about


def is_in(store: Store) -> tuple[dict[date, Counter[str]], Counter[tuple[date, int, str, str]]]:
    """What the collector has of each day, and the crashes it was told."""
    names = {"boots": "boots", "signins": "signins", "app_crashes": "app_crashes", "os_crashes": "os_crashes"}
    names |= {"active": "active_min", "offline": "offline_min"}
    everything: dict[str, Any] = {"execution_options": without_org("a test reads all there is")}
    with store.engine.connect() as connection:
        days = {
            row.day: Counter({name: round(getattr(row, column) or 0) for name, column in names.items()})
            for row in connection.execute(sa.select(device_day), **everything)
        }
        crashes = Counter(
            (row.day, row.hour, row.kind, row.app)
            for row in connection.execute(sa.select(event).where(event.c.kind == "crash"), **everything)
        )
    return days, crashes


def reproduced(week: Week, store: Store, script: Mapping[str, str]) -> None:
    tomorrow = date.today() + timedelta(days=1)
    first = tomorrow + timedelta(days=-tomorrow.weekday() % 7)
    week.collector.start()
    week.live(script, first)
    week.live({"afterwards": AFTERWARDS}, first + timedelta(days=len(script)))
    days, crashes = is_in(store)
    for day, expected in week.expected.items():
        if day < first + timedelta(days=len(script)):
            assert +days.get(day, Counter()) == +expected, day
    assert crashes == week.events


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_two_days_of_a_laptop_are_what_happened(week: Week, store: Store) -> None:
    reproduced(week, store, TWO_DAYS)


@pytest.mark.soak
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_week_of_a_laptop_is_what_happened(week: Week, store: Store) -> None:
    reproduced(week, store, WEEK)
