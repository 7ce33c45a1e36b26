"""How long missing security updates have waited."""

import json
import sys

import pytest
from collector_helpers import NOW
from waiting import eventually

from agent.collectors.patch_linux import (
    DAY,
    Manager,
    Patches,
    Question,
    pending_apt,
    pending_dnf,
    pending_zypper,
)
from agent.reading import SourceAbsent

APT = """Reading package lists...
Inst openssl [3.0.15-1~deb12u1] (3.0.17 Debian:12.11/stable, Debian-Security:12/stable-security [amd64])
Inst libc-bin [2.36-9] (2.36-9+deb12u10 Debian:12.11/stable [amd64]) []
Inst linux-image-amd64 [6.1.140-1] (6.1.187-1 Debian-Security:12/stable-security [amd64])
Inst linux-image-6.1.0-50-amd64 (6.1.187-1 Debian-Security:12/stable-security [amd64])
Inst curl [7.81] (7.81.0-1ubuntu1.20 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
Conf openssl (3.0.17-1~deb12u2 Debian-Security:12/stable-security [amd64])
"""
DNF4 = """FEDORA-2023-2f8c9b6b2c Important/Sec. curl-8.0.1-1.fc38.x86_64
RHSA-2020:5566         Important/Sec. openssl-libs-1:1.1.1g-12.el8_3.x86_64
FEDORA-2023-1111111111 bugfix         bash-5.2.15-3.fc38.x86_64
"""
DNF5 = """Name                   Type     Severity                       Package              Issued
FEDORA-2025-2f8c9b6b2c security Moderate      curl-8.11.1-5.fc42.x86_64 2025-07-21 01:01:42
FEDORA-2025-3333333333 bugfix   None          bash-5.2.37-3.fc42.x86_64 2025-07-21 01:01:42
"""
ZYPPER = """Repository | Name               | Category | Severity  | Interactive | Status     | Summary
-----------+--------------------+----------+-----------+-------------+------------+--------
Update     | openSUSE-2024-1234 | security | important | ---         | needed     | for curl
Update     | openSUSE-2024-1235 | security | moderate  | ---         | not needed | for vim
Update     | openSUSE-2024-1236 | recommended | low    | ---         | needed     | for bash
"""


def test_only_upgrades_from_a_security_archive_count():
    kernel = {"linux-image-amd64", "linux-image-6.1.0-50-amd64"}
    assert pending_apt(APT) == {"openssl", "curl"} | kernel
    assert pending_dnf(DNF4) == {"curl", "openssl-libs"}
    assert pending_dnf(DNF5) == {"curl"}
    assert pending_zypper(ZYPPER) == {"openSUSE-2024-1234"}


class Asked:
    """A package manager that answers at once, fails, or still works."""

    def __init__(self) -> None:
        self.pending: set[str] | None = set()
        self.times = 0

    def __call__(self, command):
        self.times += 1
        return self

    def answer(self):
        if self.pending is None:
            raise OSError("failed")
        return "\n".join(sorted(self.pending))


MANAGER = Manager(("manager",), lambda text: set(text.split()), ("lists",), ("installed",), "sudo refresh")


class Machine:
    def __init__(self) -> None:
        self.now, self.cursor = NOW, None
        self.changed = {"lists": NOW - 100, "installed": NOW - 200}
        self.asked = Asked()
        self.patches = Patches(lambda: MANAGER, self.asked, lambda patterns: self.changed[patterns[0]])

    def look(self) -> list[float]:
        reading = self.patches.collect(self.now, self.cursor)
        self.cursor = reading.cursor or self.cursor
        return [sample.value for sample in reading.samples]

    def wait(self, days: float) -> None:
        """Time in which the lists are refreshed daily, as systems do."""
        self.now += days * DAY
        self.changed["lists"] = self.now - 100


def test_an_up_to_date_laptop_has_age_0():
    assert Machine().look() == [0.0]


def test_waiting_counts_from_the_first_sight_of_the_oldest():
    machine = Machine()
    machine.asked.pending = {"openssl"}
    machine.look()
    machine.wait(10)
    machine.asked.pending = {"openssl", "curl"}
    assert machine.look() == [10.0]
    machine.wait(2)
    machine.asked.pending = {"curl"}
    assert machine.look() == [2.0]


def test_the_manager_is_asked_only_after_a_change_and_not_often():
    machine = Machine()
    for _ in range(5):
        machine.look()
    assert machine.asked.times == 1
    machine.changed["installed"] = machine.now
    machine.look()
    assert machine.asked.times == 1
    machine.wait(1)
    machine.look()
    assert machine.asked.times == 2


def test_lists_that_nobody_refreshes_make_the_answer_unknown():
    machine = Machine()
    machine.look()
    machine.now += 8 * DAY
    with pytest.raises(SourceAbsent) as refused:
        machine.look()
    assert refused.value.grant == "sudo refresh"


def test_a_manager_that_fails_is_unknown_and_asked_again_a_day_later():
    machine = Machine()
    machine.asked.pending = None
    for _ in range(3):
        with pytest.raises(SourceAbsent, match="did not say"):
            machine.look()
    assert machine.asked.times == 1
    machine.wait(1)
    machine.asked.pending = set()
    assert machine.look() == [0.0]


def test_a_system_without_a_known_manager_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceAbsent, match="tell security updates apart"):
        Patches().collect(NOW, None)


def test_a_question_runs_beside_the_agent_and_is_picked_up_later():
    slow = [sys.executable, "-c", "import time; time.sleep(0.2); print('x' * 200_000)"]
    question = Question(slow)
    assert question.answer() is None
    assert len(eventually(question.answer, 20) or "") == 200_001


def test_a_question_that_fails_or_never_ends_is_a_failure():
    failing = Question(["false"])
    with pytest.raises(OSError, match="failed"):
        eventually(failing.answer, 20)
    ticks = iter([0.0, 500.0])
    with pytest.raises(OSError, match="failed"):
        Question(["sleep", "60"], lambda: next(ticks)).answer()


def test_the_cursor_of_patches_is_readable_after_a_restart():
    machine = Machine()
    machine.asked.pending = {"openssl"}
    machine.look()
    assert json.loads(machine.cursor)["since"] == {"openssl": int(NOW // DAY)}
