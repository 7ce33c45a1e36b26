"""The service's unit as it is packaged, in a real Debian with systemd: closed, watched, and started again."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from systemd_laptop import ROOT, SystemdLaptop, layered, system_root
from waiting import eventually

pytestmark = pytest.mark.soak

PROGRAM = """#!/bin/sh
PYTHONPATH=/opt/dex exec /usr/bin/python3 -m agent "$@"
"""
CONFIG = 'server = "https://dex.example.org"\n'
SOON = "[Service]\nWatchdogSec=65s\nRestartSec=1s\n"
"""Shorter waits, and longer than the service ever sleeps."""
TOO_NEW = """
import sqlite3
sqlite3.connect("/var/lib/dex-agent/spool.sqlite3").execute("PRAGMA user_version = 99")
"""
ENROLLED = """
import sys
from pathlib import Path
sys.path.insert(0, "/opt/dex")
from agent.store.identity import Identity
Identity("https://dex.example.org", "d0", "dexd_0").save(Path("/var/lib/dex-agent/identity.json"))
print("enrolled")
"""
CALL = """
import socket
with socket.socket(socket.AF_UNIX) as way:
    way.connect("/run/dex-agent/companion.sock")
    print("heard")
"""


class Laptop(SystemdLaptop):
    """With the agent installed as its package will."""

    def install(self) -> None:
        place = self.folder
        for source, target in (
            ("dex-agent.service", "usr/lib/systemd/system/dex-agent.service"),
            ("dex-agent.sysusers", "usr/lib/sysusers.d/dex-agent.conf"),
        ):
            shutil.copy(ROOT / "packaging/linux" / source, place / target)
        (place / "usr/bin/dex-agent").write_text(PROGRAM)
        (place / "usr/bin/dex-agent").chmod(0o755)
        (place / "etc/dex-agent").mkdir()
        (place / "etc/dex-agent/agent.toml").write_text(CONFIG)
        drop_in = place / "etc/systemd/system/dex-agent.service.d"
        drop_in.mkdir(parents=True)
        (drop_in / "soon.conf").write_text(SOON)
        self.start()
        self.run("systemd-sysusers")
        self.run("systemctl", "start", "dex-agent")

    def show(self, name: str) -> str:
        return self.run("systemctl", "show", "--property", name, "--value", "dex-agent")

    def command(self, *words: str) -> Any:
        told = self.run("runuser", "-u", "dex-agent", "--", "dex-agent", *words, "--json")
        return json.loads(told)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with layered(system_root(), tmp_path_factory.mktemp("unit")) as folder:
        made = Laptop(Path(folder))
        try:
            made.install()
            yield made
        finally:
            made.close()


def test_it_is_up_and_reads_what_it_may(laptop: Laptop) -> None:
    """The journal by its group; nothing is denied. It waits to be enrolled."""
    assert eventually(lambda: laptop.show("ActiveState") == "active", 20)
    assert eventually(lambda: laptop.command("status")["sources"], 20)
    found = laptop.command("status")
    assert found["process"] == laptop.show("MainPID")
    states = {name: source["state"] for name, source in found["sources"].items()}
    assert {states[name] for name in ("boot", "oscrash", "cpu", "memory", "space")} == {"ok"}
    assert "denied" not in states.values()


def test_people_can_reach_it_and_not_its_files(laptop: Laptop) -> None:
    laptop.run("useradd", "--create-home", "anna")
    assert laptop.run("runuser", "-u", "anna", "--", "python3", "-c", CALL) == "heard"
    assert laptop.run("runuser", "-u", "anna", "--", "ls", "/var/lib/dex-agent") == ""
    assert laptop.run("runuser", "-u", "dex-agent", "--", "ls", "/var/lib/dex-agent") != ""


def test_people_ask_it_for_what_its_files_keep(laptop: Laptop) -> None:
    """Anybody how it is doing; what it knows of today only where one's own companion speaks."""
    asked = ["runuser", "-u", "anna", "--", "dex-agent"]
    assert json.loads(laptop.run(*asked, "status", "--json"))["process"] == laptop.show("MainPID")
    assert laptop.run(*asked, "show") == ""
    laptop.run("systemd-run", "--quiet", "--uid=anna", "--unit=companion", "dex-agent", "companion")
    time.sleep(5)
    assert laptop.run(*asked, "show").startswith("Today this laptop was awake")
    laptop.run("systemctl", "stop", "companion")
    assert laptop.run("dex-agent", "show").startswith("Today this laptop was awake")


def test_a_delivery_has_all_it_needs(laptop: Laptop) -> None:
    """There is no network here, and nothing worse: the sender's libraries load, TLS and all."""
    made = laptop.run("runuser", "-u", "dex-agent", "--", "python3", "-c", ENROLLED)
    assert made == "enrolled"
    trouble = eventually(lambda: laptop.command("status")["trouble"], 90)
    assert "dex.example.org" in trouble
    assert "failed by a fault" not in laptop.run("journalctl", "--unit=dex-agent", "--no-pager")


def test_one_that_is_stuck_is_started_again(laptop: Laptop) -> None:
    """It stays up while it says that it is well, and not when it stands still."""
    before = laptop.show("MainPID")
    time.sleep(70)
    assert laptop.show("MainPID") == before
    laptop.run("kill", "-STOP", before)
    assert eventually(lambda: laptop.show("MainPID") not in (before, "0"), 120)
    assert laptop.show("NRestarts") == "1"


def test_a_newer_store_does_not_start_it_for_ever(laptop: Laptop) -> None:
    laptop.run("systemctl", "stop", "dex-agent")
    laptop.run("python3", "-c", TOO_NEW)
    laptop.run("systemctl", "start", "dex-agent")
    assert eventually(lambda: laptop.show("ActiveState") == "failed", 20)
    assert laptop.show("ExecMainStatus") == "3"
    laptop.run("sleep", "3")
    assert laptop.show("ActiveState") == "failed"
