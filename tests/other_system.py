"""A working day of the agent on Windows or macOS, lived on Linux: its own code for that system, collectors
and loop, over what the system would answer.

    python other_system.py SYSTEM FOLDER MINUTES

prints as JSON the day's summary, its events, and how each source could be read. What a system does not have
(fork, timers, modules) is taken away before the agent is loaded. FOLDER/denied names event logs, one a line,
that this account may not read.
"""

# Modules of Python choose by system what they load: those that the agent uses are loaded as what they are.
import concurrent.futures  # noqa: F401
import ctypes
import getpass  # noqa: F401
import gettext  # noqa: F401
import gzip  # noqa: F401
import http.server  # noqa: F401
import io
import json
import multiprocessing.connection  # noqa: F401
import os
import platform  # noqa: F401
import plistlib  # noqa: F401
import shutil  # noqa: F401
import signal
import socket
import sqlite3  # noqa: F401
import ssl
import subprocess
import sys
import tempfile  # noqa: F401
import time
import tomllib  # noqa: F401
import urllib.request  # noqa: F401
import uuid  # noqa: F401
import xml.etree.ElementTree  # noqa: F401
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import psutil
import requests  # noqa: F401
from fake_time import FakeTime

os.environ["DEX_AGENT_LANG"] = "en"
PLATFORMS = {"windows": "win32", "macos": "darwin"}
NOT_ON_WINDOWS = {
    os: ("fork", "statvfs", "getuid", "geteuid", "sysconf", "set_blocking", "getloadavg", "register_at_fork"),
    signal: ("SIGALRM", "SIGKILL", "SIGHUP", "SIGCHLD", "setitimer", "alarm"),
    time: ("tzset", "clock_gettime"),
    socket: ("AF_UNIX", "AF_NETLINK"),
}
NOT_ON_MACOS = {
    os: ("memfd_create", "pidfd_open", "sched_getaffinity"),
    time: ("CLOCK_BOOTTIME",),
    socket: ("AF_NETLINK",),
}
NO_MODULES = {"windows": ("fcntl", "resource", "pwd", "grp", "termios", "tty", "curses"), "macos": ()}

BEGIN = 1_772_438_400.0  # 2026-03-02 08:00, a Monday
MINUTE, HOUR, DAY = 60, 3600, 86_400
CLOCKS_OF_MACOS = {"CLOCK_MONOTONIC_RAW": "elapsed", "CLOCK_UPTIME_RAW": "awake"}


class Processor:
    """What psutil would say of processors, memory, disks and this process."""

    def __init__(self, clock: FakeTime) -> None:
        self._clock = clock
        self.idle, self.available, self.load = 0.5, 0.5, 0.0
        self.transfers, self.transfer_ms = 0, 0
        self._idle_s, self._since = 0.0, clock.awake

    def take_the_place_of(self, module: Any) -> None:
        module.cpu_count = lambda logical=True: 4
        module.cpu_times = self._times
        module.virtual_memory = lambda: SimpleNamespace(total=2**34, available=self.available * 2**34)
        module.disk_usage = lambda path: SimpleNamespace(percent=59.0, total=2**39)
        module.disk_io_counters = lambda perdisk: {"disk0": self._transfers()}
        module.getloadavg = lambda: (self.load, 0.0, 0.0)
        module.sensors_battery = lambda: SimpleNamespace(power_plugged=True)
        memory = SimpleNamespace(rss=30 * 2**20, peak_wset=33 * 2**20)
        module.Process = lambda: SimpleNamespace(memory_info=lambda: memory)
        module.process_iter = lambda names: [self._process()]

    def _times(self) -> SimpleNamespace:
        now = self._clock.awake
        self._idle_s, self._since = self._idle_s + (now - self._since) * self.idle * 4, now
        return SimpleNamespace(idle=self._idle_s)

    def _transfers(self) -> SimpleNamespace:
        return SimpleNamespace(
            read_count=self.transfers, write_count=0, read_time=self.transfer_ms, write_time=0
        )

    def _process(self) -> SimpleNamespace:
        used = SimpleNamespace(user=self._clock.awake, system=0.0)
        told = {"name": "Teams", "cpu_times": used, "create_time": 1.0}
        return SimpleNamespace(pid=7, info=told | {"memory_info": SimpleNamespace(rss=2**33)})


class Answering:
    """A program of the system that has answered at once."""

    answers: Mapping[str, Callable[[Sequence[str]], str]] = {}

    def __init__(self, command: Sequence[str], stdout: IO[bytes], **how: object) -> None:
        stdout.write(self.answers[command[0]](command).encode())

    def poll(self) -> int:
        return 0


def _no_such_name(*asked: object, **how: object) -> None:
    raise socket.gaierror


def become(system: str, clock: FakeTime) -> Processor:
    """From here on Python, as far as the agent can see, runs on that system, by these clocks."""
    processor = Processor(clock)
    processor.take_the_place_of(psutil)
    os.environ["TZ"] = "UTC"
    time.tzset()
    time.time, time.monotonic = (lambda: clock.wall), (lambda: clock.elapsed)
    time.sleep = clock.pass_
    kept = dict(enumerate(CLOCKS_OF_MACOS.values(), 900))
    for number, name in enumerate(CLOCKS_OF_MACOS, 900):
        setattr(time, name, number)
    time.clock_gettime = lambda number: getattr(clock, kept[number])
    if system == "macos":
        time.monotonic = lambda: clock.awake  # mach_absolute_time, which stands still in sleep
    for module, names in (NOT_ON_WINDOWS if system == "windows" else NOT_ON_MACOS).items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in NO_MODULES[system]:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.modules["truststore"] = SimpleNamespace(SSLContext=ssl.SSLContext)  # type: ignore[assignment]
    if system == "windows":
        signal.SIGBREAK = 21  # type: ignore[attr-defined]
        sys.modules["msvcrt"] = SimpleNamespace(LK_NBLCK=2, locking=lambda *arguments: None)  # type: ignore[assignment]
        winreg = SimpleNamespace(HKEYType=object, HKEY_LOCAL_MACHINE=1, HKEY_CURRENT_USER=2)
        sys.modules["winreg"] = winreg  # type: ignore[assignment]
    if system == "macos":
        os.statvfs = lambda path: SimpleNamespace(f_blocks=100, f_bfree=41, f_bavail=41, f_flag=0)
    socket.getaddrinfo = _no_such_name
    subprocess.Popen = Answering  # type: ignore[assignment,misc]
    sys.platform = PLATFORMS[system]
    return processor


class Laptop:
    """The agent's runner on a system that a script moves."""

    def __init__(self, folder: Path, clock: FakeTime, tick: int) -> None:
        from agent.config import load_config
        from agent.store.local_store import LocalStore

        self.clock, self._tick = clock, tick
        path = folder / "agent.toml"
        path.write_text('server = "https://dex.example.org"\n')
        self._config = load_config(path, {})
        self._store = LocalStore(self._config.store_path)

    def starts(self) -> None:
        """The service begins a quarter of a minute after the system."""
        from agent.service.runner import Runner

        self.clock.elapsed = self.clock.awake = 0.0
        self.clock.pass_(15)
        self._runner = Runner(self._config, self._store, collectors=self._collectors)
        self.clock.pass_(45)
        self._runner.tick()

    def lives(self, minutes: float) -> None:
        for _ in range(int(minutes * MINUTE / self._tick)):
            self.clock.pass_(self._tick)
            self._runner.tick()

    def _collectors(self, options: Any) -> Sequence[Any]:
        """All of them; the network is one computer that answers in 20 ms."""
        from agent.collectors import all_collectors
        from agent.collectors.network import Directory, Network
        from agent.companion.companions import Companions

        directory = Directory(lambda host, port: [("there", 443)], lambda address: False)
        network = Network(options.references, directory, lambda found: dict.fromkeys(found, 0.02))
        found = all_collectors(options, Companions(None))
        return [replace(c, collect=network.collect) if c.name == "network" else c for c in found]

    def told(self) -> dict[str, Any]:
        from agent.agreed.applications import Applications
        from agent.local_time import day_of
        from agent.sending.day_summary import summarise
        from agent.store import busy_processes, observations

        day = day_of(self.clock.wall)
        facts = observations.facts_of(self._store.db, day)
        states = observations.source_states(self._store.db).items()
        return {
            "summary": summarise(facts, Applications(["WINWORD.EXE", "a.out"])),
            "events": [asdict(one) for one in facts.happenings],
            "busiest": [names[0].name for names in busy_processes.of_day(self._store.db, day).values()],
            "sources": {name: asdict(state) for name, (state, _) in states},
            "said": {name: self._asked(name) for name in ("status", "doctor", "show")},
        }

    def _asked(self, command: str) -> tuple[int, str]:
        """Exit code and text of a command of the agent."""
        from agent.__main__ import main

        with redirect_stdout(io.StringIO()) as text:
            code = main(["--config", str(self._config.path), command])
        return code, text.getvalue()


def on_windows(folder: Path, minutes: int, denied: Sequence[str]) -> dict[str, Any]:
    """Power is lost in the night; then eight hours, of which one is locked at noon, and after that
    an hour of sleep.
    """
    clock = FakeTime(BEGIN - DAY)
    processor = become("windows", clock)
    from fake_windows import Windows

    windows = Windows(clock)
    ctypes.WinDLL, ctypes.get_last_error = windows.library, windows.last_error  # type: ignore[attr-defined]
    Answering.answers = {"powershell.exe": windows.powershell}
    windows.updates = f"searched {_days_ago(1)}\r\nmissing {_days_ago(3)}\r\nend\r\n"
    windows.counters.values |= {QUEUE: 0.0, PAGE_READS: 0.0, DISK: 90.0}
    windows.log.denied |= set(denied)
    for channel in ("System", "Application", PERFORMANCE, WINLOGON, PROFILES, POLICY):
        windows.log.write(channel, clock.wall - 60, "Something", 1)
    _windows_starts(windows.log, clock.wall - 50)
    laptop = Laptop(folder, clock, tick=10)
    laptop.starts()
    laptop.lives(5)
    clock.wall = BEGIN
    _windows_starts(windows.log, BEGIN)
    _power_was_lost(windows.log, BEGIN + 2)
    _somebody_signs_in(windows.log, BEGIN + 20)
    laptop.starts()
    for minute in range(minutes):
        windows.sessions.locked = 240 <= minute < 300
        windows.sessions.idle_s = 5 if minute != 350 else 70
        windows.counters.values |= {
            QUEUE: 9.0 if 60 <= minute < 70 else 0.0,
            PAGE_READS: 400.0 if 90 <= minute < 95 else 0.0,
            DISK: 4.0 if 120 <= minute < 123 else 90.0,
        }
        processor.available = 0.03 if 90 <= minute < 95 else 0.5
        if minute in WINDOWS_WRITES:
            WINDOWS_WRITES[minute](windows.log, clock.wall)
        if minute == 300:
            clock.sleeps(HOUR)
        laptop.lives(1)
    return laptop.told()


QUEUE, PAGE_READS = r"\System\Processor Queue Length", r"\Memory\Page Reads/sec"
DISK = r"\LogicalDisk(C:)\% Idle Time"
PERFORMANCE = "Microsoft-Windows-Diagnostics-Performance/Operational"
WINLOGON = "Microsoft-Windows-Winlogon/Operational"
PROFILES = "Microsoft-Windows-User Profile Service/Operational"
POLICY = "Microsoft-Windows-GroupPolicy/Operational"


def _days_ago(days: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.0000000", time.gmtime(BEGIN - days * DAY))


def _windows_starts(log: Any, at: float) -> None:
    log.write("System", at, "Microsoft-Windows-Kernel-General", 12)
    log.write("System", at + 1, "Microsoft-Windows-Kernel-Boot", 27, BootType=0)


def _power_was_lost(log: Any, at: float) -> None:
    """What the next start writes of it."""
    power = {"BugcheckCode": 0, "PowerButtonTimestamp": 0}
    log.write("System", at, "Microsoft-Windows-Kernel-Power", 41, **power)
    log.write("System", at + 7, "EventLog", 6008)


def _somebody_signs_in(log: Any, at: float) -> None:
    log.write(WINLOGON, at, "Microsoft-Windows-Winlogon", 1)
    log.write(WINLOGON, at + 2, "Microsoft-Windows-Winlogon", 2)
    log.write(PROFILES, at + 2, "Microsoft-Windows-User Profiles Service", 1, Session=1)
    log.write(PROFILES, at + 5, "Microsoft-Windows-User Profiles Service", 2, Session=1)
    log.write(POLICY, at + 5, "Microsoft-Windows-GroupPolicy", 4001, activity="{A}")
    log.write(POLICY, at + 12, "Microsoft-Windows-GroupPolicy", 8001, activity="{A}")


def _start_is_measured(log: Any, at: float) -> None:
    took = {"MainPathBootTime": 60_000, "BootUserProfileProcessingTime": 4000, "BootExplorerInitTime": 6000}
    log.write(PERFORMANCE, at, "Microsoft-Windows-Diagnostics-Performance", 100, **took)


def _word_crashes(log: Any, at: float) -> None:
    report = "11111111-2222-3333-4444-555555555555"
    failed = {"AppName": "WINWORD.EXE", "AppVersion": "16.0.1.2", "ExceptionCode": "c0000005"}
    log.write("Application", at, "Application Error", 1000, **failed, IntegratorReportId=report)
    values = ["x", "y", "APPCRASH", "", "", "WINWORD.EXE", "16.0.1.2", *[""] * 12, report]
    log.write("Application", at + 3, "Windows Error Reporting", 1001, *values)


def _something_hangs(log: Any, at: float) -> None:
    log.write("Application", at, "Application Hang", 1002, AppName="b.exe", ReportId="")


def _windows_is_updated(log: Any, at: float) -> None:
    title = "2026-03 Cumulative Update for Windows 11 (KB5012345)"
    log.write("System", at, "Microsoft-Windows-WindowsUpdateClient", 19, updateTitle=title)


WINDOWS_WRITES = {5: _start_is_measured, 30: _word_crashes, 40: _something_hangs, 200: _windows_is_updated}


def on_macos(folder: Path, minutes: int, denied: Sequence[str]) -> dict[str, Any]:
    """Power is lost in the night; then eight hours, of which one is spent elsewhere, and after that
    an hour of sleep.
    """
    clock = FakeTime(BEGIN - DAY)
    processor = become("macos", clock)
    mac = _mac(clock, folder)
    laptop = Laptop(folder, clock, tick=60)
    mac.start()
    laptop.starts()
    laptop.lives(5)
    clock.wall = BEGIN
    mac.start()
    mac.log_in_records = "reboot    ~    Mon Mar  2\nreboot    ~    Sun Mar  1\nshutdown  ~    Sat Feb 28\n"
    laptop.starts()
    for minute in range(minutes):
        mac.registry.devices["IOHIDSystem"]["HIDIdleTime"] = int((900 if 240 <= minute < 300 else 5) * 1e9)
        processor.load, processor.idle = (9.0, 0.02) if 60 <= minute < 70 else (1.0, 0.5)
        mac.level(2 if 90 <= minute < 95 else 1)
        processor.transfers += 100
        processor.transfer_ms += 9000 if 120 <= minute < 123 else 100
        if minute == 30:
            _write_crash(mac.of_anna / "a.out-2026-03-02.ips", clock.wall)
        if minute == 40:
            _write_hang(mac.reports / "Notes-2026-03-02.hang", clock.wall)
        if minute == 200:
            mac.write_history(("macOS 15.1", BEGIN - 30 * DAY), ("macOS 15.2", clock.wall))
        if minute == 300:
            clock.sleeps(HOUR)
        laptop.lives(1)
    assert set(mac.registry.things) == set(), "something was not let go"
    return laptop.told()


def _mac(clock: FakeTime, folder: Path) -> Any:
    """One whose files lie in a folder."""
    import fake_macos

    mac = fake_macos.Mac(clock, folder)
    ctypes.CDLL = mac.library  # type: ignore[assignment,misc]
    Answering.answers = {"/usr/bin/last": mac.last}
    from agent.collectors import reports_macos, updates_macos, wifi_macos

    wifi_macos.Messages = fake_macos.Messages  # type: ignore[assignment,misc]
    reports_macos.Reports.__init__.__defaults__ = (str(mac.reports), str(mac.people), lambda: clock.wall)
    updates_macos.Updates.__init__.__defaults__ = (mac.history,)
    updates_macos.SOFTWARE_UPDATE = mac.preferences
    mac.write_history(("macOS 15.1", BEGIN - 30 * DAY))
    mac.write_preferences(BEGIN - DAY, "macOS Sequoia 15.2")
    return mac


def _write_crash(path: Path, at: float) -> None:
    """By the documented form of a report."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S.00 +0000", time.gmtime(at))
    header = {"bug_type": "309", "timestamp": moment, "app_name": "a.out", "app_version": "1.2"}
    body = {"procName": "a.out", "captureTime": moment, "exception": {"signal": "SIGSEGV"}}
    path.write_text(f"{json.dumps(header)}\n{json.dumps(body)}")


def _write_hang(path: Path, at: float) -> None:
    moment = time.strftime("%Y-%m-%d %H:%M:%S.000 +0000", time.gmtime(at))
    path.write_text(
        f"Date/Time:        {moment}\nCommand:          Notes\nVersion:          4.11 (1234)\n"
        "Event:            hang\n"
        "Duration:         4.20s (process was unresponsive for 2 seconds before sampling)\nSteps: 42\n\n"
    )


if __name__ == "__main__":
    lived = {"windows": on_windows, "macos": on_macos}[sys.argv[1]]
    home = Path(sys.argv[2])
    listed = home / "denied"
    found = lived(home, int(sys.argv[3]), listed.read_text().splitlines() if listed.exists() else ())
    print(json.dumps(found))
