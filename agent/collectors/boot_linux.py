"""Starts of the laptop, and how long each took.

A start is known by the kernel's boot id: the time since start is no identity (in a container it is the
host's). How long it took, systemd tells as properties of its manager, which everybody may read
(org.freedesktop.systemd1(5)); firmware and boot loader only report on EFI machines.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.signals import Sample
from agent.system.boot_id_linux import boot_id

EVERY = 60.0

SYSTEMD_RUNS = Path("/run/systemd/system")  # sd_booted(3)
INIT = Path("/proc/1/stat")
START_TICKS = 19  # of the numbers after the name in /proc/PID/stat, see proc(5)

FIRST_LOOK_BACK = 24 * 3600.0  # an agent that is new here tells of no older start
LONGEST = 3600.0  # what takes longer is no start but a clock gone wrong, or a start that never ended

MANAGER = (
    "FirmwareTimestampMonotonic",
    "UserspaceTimestampMonotonic",
    "FinishTimestampMonotonic",
    "KernelTimestamp",
)
UNLOCKING = "systemd-cryptsetup@*.service"  # runs while somebody types the passphrase of a disk
UNLOCK = ("InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic")
SHOW_SECONDS = 10.0

Block = Mapping[str, str]


def started_at(now: float, init: Path = INIT) -> float:
    """When the first process of this start began, in seconds since 1970."""
    ticks = float(init.read_text("utf-8", "replace").rpartition(")")[2].split()[START_TICKS])
    return now - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


def show(properties: Sequence[str], *units: str) -> list[Block]:
    """What `systemctl show` tells of the manager, or of each unit that matches."""
    command = ["systemctl", "show", "--no-pager", f"--property={','.join(properties)}", *units]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SHOW_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceAbsent(f"systemd does not say how long the start took ({error}).") from None
    return blocks(done.stdout.decode("utf-8", "replace"))


def blocks(text: str) -> list[Block]:
    lines = [part.splitlines() for part in text.split("\n\n") if part.strip()]
    return [dict(line.split("=", 1) for line in block if "=" in line) for block in lines]


def boot_seconds(manager: Block) -> float | None:
    """From power-on to the end of starting; None while it still starts.

    Stamps are microseconds: that of the firmware counts back from the start of the kernel, the others from
    there on. In a container the kernel did not start, and the user space alone is measured.
    """
    finish = _microseconds(manager, "FinishTimestampMonotonic")
    if not finish:
        return None
    if manager.get("KernelTimestamp") in (None, "", "n/a"):
        return (finish - _microseconds(manager, "UserspaceTimestampMonotonic")) / 1e6
    return (finish + _microseconds(manager, "FirmwareTimestampMonotonic")) / 1e6


def unlock_seconds(units: Iterable[Block]) -> float:
    """How long at least one disk waited to be unlocked."""
    waits = sorted(tuple(_microseconds(unit, name) for name in UNLOCK) for unit in units)
    total, reached = 0, 0
    for begin, end in waits:
        if begin and end > max(begin, reached):
            total += end - max(begin, reached)
            reached = end
    return total / 1e6


def _microseconds(block: Block, name: str) -> int:
    text = block.get(name, "")
    return int(text) if text.isdigit() else 0


class Starts:
    """Counts starts. The cursor is the boot id of the last one counted."""

    def __init__(
        self,
        boot_id: Callable[[], str] = boot_id,
        started_at: Callable[[float], float] = started_at,
    ) -> None:
        self._boot_id, self._started_at = boot_id, started_at

    def collect(self, now: float, cursor: str | None) -> Reading:
        boot = self._boot_id()
        if boot == cursor:
            return Reading()
        at = self._started_at(now)
        new = cursor is not None or now - at < FIRST_LOOK_BACK
        return Reading([Sample("boot", 1.0, at)] if new else [], cursor=boot)


class BootTime:
    """How long the start took. The cursor is the boot id of the last one measured."""

    def __init__(
        self,
        boot_id: Callable[[], str] = boot_id,
        started_at: Callable[[float], float] = started_at,
        show: Callable[..., list[Block]] = show,
        systemd_runs: Callable[[], bool] = SYSTEMD_RUNS.is_dir,
    ) -> None:
        self._boot_id, self._started_at = boot_id, started_at
        self._show, self._systemd_runs = show, systemd_runs

    def collect(self, now: float, cursor: str | None) -> Reading:
        if not self._systemd_runs():
            raise SourceAbsent("systemd did not start this machine, so nothing measured how long that took.")
        boot = self._boot_id()
        if boot == cursor:
            return Reading()
        at = self._started_at(now)
        if cursor is None and now - at >= FIRST_LOOK_BACK:
            return Reading(cursor=boot)
        took = boot_seconds(self._show(MANAGER)[0])
        if took is None and now - at < LONGEST:
            return Reading()
        if took is None or not 0 < took < LONGEST:
            raise SourceAbsent("By systemd's account this start never ended (see: systemctl list-jobs).")
        return Reading(self._samples(at, took), cursor=boot)

    def _samples(self, at: float, took: float) -> list[Sample]:
        locked = min(took, unlock_seconds(self._show(UNLOCK, UNLOCKING)))
        samples = [Sample("boot_s", took - locked, at)]
        return [*samples, Sample("boot_locked_s", locked, at)] if locked else samples


def collectors() -> tuple[Collector, ...]:
    return (
        Collector("starts", (), EVERY, Starts().collect, effort=Effort.WAITS),
        Collector("boot", ("boot",), EVERY, BootTime().collect, effort=Effort.WAITS),
    )
