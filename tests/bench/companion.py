"""What companions cost, in sessions in which somebody types: one, or many on one host with the service.

    python -m tests.bench.companion [--sessions 1] [--seconds 240]

Each session is a display server of its own (Xvfb, openbox) with one window, and of an account of its own
where root measures: of one account the service hears four sessions. Everybody has been told already what runs
here. Of a memory page that several processes share, PSS counts each its part.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.installed import ROOT, Installed, installed
from tests.bench.measured import Totals, machine, rates, totals

sys.path.insert(0, str(ROOT / "tests"))

from desktop_session import needs, x_server  # noqa: E402
from recording_collector import RecordingCollector  # noqa: E402

from agent.agreed import policy  # noqa: E402
from agent.companion import first_run  # noqa: E402
from agent.companion.message import Greeting  # noqa: E402
from agent.companion.own_folder import state_folder  # noqa: E402
from agent.config import load_config  # noqa: E402
from agent.store.local_store import LocalStore  # noqa: E402

SETTLE_SECONDS = 100.0
TYPES_EVERY = 15.0

FIRST_ACCOUNT = 50_000
SOCKET = "DEX_AGENT_COMPANION_SOCKET"


def greeting(agent: Installed) -> Greeting:
    """What the service tells each companion."""
    store = LocalStore(agent.store)
    agreement = policy.load_policy(store.db).agreement
    store.close()
    return Greeting(load_config(agent.config, {}).server, False, str(agreement.get("hash", "")))


def heard(agent: Installed) -> bool:
    """Whether the service takes active minutes from companions."""
    store = LocalStore(agent.store)
    rows = store.db.execute("SELECT source FROM measured_by WHERE measure = 'active'").fetchall()
    store.close()
    return ("input",) in rows


def account(number: int) -> list[str]:
    """Starts a program under an account of its own, which yet may read where this Python is installed."""
    if os.getuid() != 0:
        return []
    own = FIRST_ACCOUNT + number
    may_read = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={own}", f"--regid={own}", "--clear-groups", *may_read]


class Session:
    """A desktop with one window, and its companion."""

    def __init__(self, agent: Installed, folder: Path, number: int, stack: ExitStack) -> None:
        folder.mkdir()
        environment = stack.enter_context(x_server(folder, "openbox")) | {
            "PYTHONPYCACHEPREFIX": agent.environment["PYTHONPYCACHEPREFIX"],
            SOCKET: agent.environment[SOCKET],
        }
        first_run.remember(state_folder(environment), greeting(agent))
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, FIRST_ACCOUNT + number, -1)
        window = [sys.executable, str(ROOT / "tests" / "x11_window.py"), "work"]
        self._window = subprocess.Popen(window, env=environment, stdin=subprocess.PIPE)
        command = [*account(number), *agent.program, "--config", str(agent.config), "companion"]
        self.companion = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
        for process in (self._window, self.companion):
            stack.callback(process.wait)
            stack.callback(process.kill)

    def type(self) -> None:
        assert self._window.stdin is not None
        self._window.stdin.write(b"type\n")
        self._window.stdin.flush()


def live(sessions: Sequence[Session], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for session in sessions:
            session.type()
        time.sleep(min(TYPES_EVERY, max(0.0, ends - time.monotonic())))


def report(looks: dict[str, tuple[Totals, Totals]]) -> None:
    for name, (start, end) in list(looks.items())[:2]:
        print(rates(name, start, end))
    if len(looks) <= 2:
        return
    hours = next((end.at - start.at) / 3600 for start, end in looks.values())
    cpu = sum(end.cpu_s - start.cpu_s for start, end in looks.values()) / hours
    started = sum(end.others_cpu_s - start.others_cpu_s for start, end in looks.values()) / hours
    rss, pss = (sum(getattr(end, name) for _, end in looks.values()) for name in ("rss_mib", "pss_mib"))
    print(
        f"all {len(looks)} processes: {cpu:.1f} CPU s/h + {started:.1f} of what they started"
        f" | RSS {rss:.0f} PSS {pss:.0f} MiB"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.companion", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=240.0)
    given = parser.parse_args(arguments)
    if missing := needs("Xvfb", "openbox", "setpriv"):
        sys.exit(f"The companion's bench {missing}.")
    collector = RecordingCollector()
    with installed(collector.url, "dexe_bench") as agent, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o711)
        agent.environment[SOCKET] = str(folder / "companion.sock")
        service = agent.start("run")
        stack.callback(service.wait)
        stack.callback(service.terminate)
        numbers = range(given.sessions)
        sessions = [Session(agent, folder / str(n), n, stack) for n in numbers]
        pids = {"service": service.pid} | {f"companion {n}": s.companion.pid for n, s in enumerate(sessions)}
        live(sessions, SETTLE_SECONDS)
        starts = {name: totals(pid) for name, pid in pids.items()}
        live(sessions, given.seconds)
        if not heard(agent):
            sys.exit("The service heard no companion.")
        print(f"{given.sessions} sessions, {given.seconds:.0f} s, {machine()}")
        report({name: (starts[name], totals(pid)) for name, pid in pids.items()})
    collector.close()


if __name__ == "__main__":
    main()
