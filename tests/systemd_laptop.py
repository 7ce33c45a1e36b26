"""A laptop in a container: a Debian with systemd that is switched on, cut off, and told what to run.

It needs root, systemd-nspawn and the folder of such a system, which `sh tests/laptop_root.sh FOLDER` builds;
the environment names it in DEX_SYSTEMD_ROOT. What the laptop writes goes into a layer of its own.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pytest
from waiting import eventually

ROOT = Path(__file__).parent.parent
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
HANDLER = "core-into"
CORE_PIPE_LIMIT = Path("/proc/sys/kernel/core_pipe_limit")
"""Zero lets a dead program vanish before its handler has looked at it; systemd sets 16."""
LOCK_SECONDS = 600
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

# Cores of programs in the container go to its own handler: the setting is the host's and knows no containers.
# Where the container's clock is ahead (tests/clock_ahead.c), the kernel's time of the crash is moved as well.
CORE_INTO = """#!/bin/sh
P=$1; shift
[ "$(readlink /proc/$P/ns/pid)" = "$(readlink /proc/self/ns/pid)" ] && exec cat >/dev/null
[ -z "{clock}" ] || AHEAD=$(od -An -td8 "{clock}")
exec nsenter -t $P -m -u -i -n -p -C -- /lib/systemd/systemd-coredump \\
    "$1" "$2" "$3" "$4" $(($5 + ${{AHEAD:-0}} / 1000000000)) "$6" "$7"
"""

FAKE_DESKTOP = """[Unit]
Wants=graphical-session.target
Before=graphical-session.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=sleep 1
"""


def system_root(*programs: str) -> str:
    """The folder of the system; the test is skipped, with what would run it, where one cannot be started."""
    system = os.environ.get("DEX_SYSTEMD_ROOT", "")
    needed = ("systemd-nspawn", *programs)
    missing = [name for name in needed if not shutil.which(name)]
    if os.geteuid() != 0 or missing or not Path(system, "bin/systemctl").exists():
        pytest.skip(
            f"not run: needs root, {', '.join(needed)} and a system in DEX_SYSTEMD_ROOT, which "
            "`sudo sh tests/laptop_root.sh FOLDER` builds"
        )
    return system


class SystemdLaptop:
    """The container: on, off, cut off, and commands inside."""

    def __init__(self, folder: Path, options: Sequence[str] = ("--private-network",)) -> None:
        self.folder = folder
        self._options = options
        self._outer: subprocess.Popen[bytes] | None = None
        self._inner = 0

    def start(self) -> None:
        self._outer = subprocess.Popen(
            [
                *("systemd-nspawn", "-q", "-D", str(self.folder), f"--machine=dex{os.getpid()}"),
                *("--register=no", "--keep-unit", "--boot", *self._options),
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

    def run(self, *command: str, given: str = "", minutes: float = 1) -> str:
        inside = ["nsenter", "-t", str(self._inner), "-a", "env", "-i", PATH, "HOME=/root", *command]
        done = subprocess.run(
            inside, input=given, capture_output=True, text=True, timeout=60 * minutes, check=False
        )
        return done.stdout.strip()

    def cut_off(self) -> None:
        os.kill(self._inner, 9)
        self._ended()

    def shut_down(self) -> None:
        self.run("systemctl", "poweroff")
        self._ended()

    def hire(self, name: str) -> None:
        """An account, and a desktop whose start can be seen."""
        self.run("useradd", "--create-home", name)
        self.run("tee", "/etc/systemd/user/desktop.service", given=FAKE_DESKTOP)

    def sign_in(self, name: str) -> str:
        """A session at the screen, until its desktop is ready; its number."""
        session = ["-E", "XDG_SESSION_TYPE=wayland", "-E", "XDG_SESSION_CLASS=user", "-E", "XDG_SEAT=seat0"]
        self.run("systemd-run", "-q", f"--uid={name}", "-p", "PAMName=login", *session, "sleep", "infinity")
        number = eventually(lambda: self.run("loginctl", "list-sessions", "--no-legend").split(" ")[0], 20)
        uid = self.run("id", "-u", name)
        as_user = ["runuser", "-u", name, "--", "env", f"XDG_RUNTIME_DIR=/run/user/{uid}"]
        assert eventually(lambda: self.run(*as_user, "systemctl", "--user", "is-system-running"), 20)
        self.run(*as_user, "systemctl", "--user", "start", "desktop.service")
        return str(number)

    def set_hint(self, session: str, method: str, value: bool) -> None:
        """What a desktop says of its session: SetIdleHint or SetLockedHint."""
        name = "org.freedesktop.login1"
        path = f"/org/freedesktop/login1/session/_3{session}"
        self.run("busctl", "call", name, path, f"{name}.Session", method, "b", str(value).lower())

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


@contextlib.contextmanager
def layered(system: str, layers: Path) -> Iterator[Path]:
    """The system with a layer of its own for what is written."""
    for name in ("upper", "work", "merged"):
        (layers / name).mkdir()
    options = f"lowerdir={system},upperdir={layers}/upper,workdir={layers}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(layers / "merged")], check=True)
    try:
        (layers / "merged/var/log/journal").mkdir(exist_ok=True)
        yield layers / "merged"
    finally:
        # Lazily: what still ends in there must not leave it behind for pytest, which cannot delete a mount.
        subprocess.run(["umount", "--lazy", str(layers / "merged")], check=True)


@contextlib.contextmanager
def cores_in_the_container(folder: Path, clock: Path | None = None) -> Iterator[None]:
    """Crashes of programs in the container are recorded there; the host's setting is one test's at a time."""
    with Path(tempfile.gettempdir(), "core-pattern.lock").open("w") as lock:
        assert eventually(lambda: _is_ours(lock), LOCK_SECONDS), "another test keeps kernel.core_pattern"
        with _cores_in_the_container(folder, clock):
            yield


def _is_ours(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _cores_in_the_container(folder: Path, clock: Path | None) -> Iterator[None]:
    handler = folder / HANDLER
    handler.write_text(CORE_INTO.format(clock=clock or ""))
    handler.chmod(0o755)
    before = {setting: setting.read_text() for setting in (CORE_PATTERN, CORE_PIPE_LIMIT)}
    if HANDLER in before[CORE_PATTERN]:
        before[CORE_PATTERN] = "core"  # the kernel's own: what was there belonged to a test that was killed
    try:
        CORE_PATTERN.write_text(f"|{handler} %P %p %u %g %s %t %c %h %d")
    except OSError:
        pytest.skip("not run: kernel.core_pattern cannot be set here")
    try:
        CORE_PIPE_LIMIT.write_text("16")
        yield
    finally:
        for setting, value in before.items():
            setting.write_text(value)
