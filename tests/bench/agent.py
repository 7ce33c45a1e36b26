"""What the agent's service costs: the real process with all its collectors beside a floor that does little.

    python -m tests.bench.agent [--seconds 120] [--program dist/dex-agent/dex-agent]

All run at the same time on the same machine. The floor is the least a Python agent could do: read four files
of /proc and commit one row to SQLite each minute. In a second window 1,000 more processes are there, asleep.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.bench.installed import FROM_SOURCE, ROOT, Installed, installed
from tests.bench.measured import Totals, cpu_seconds, machine, rates, totals

sys.path.insert(0, str(ROOT / "tests"))

from recording_collector import RecordingCollector  # noqa: E402

MORE_PROCESSES = 1000
SETTLE_SECONDS = 150.0
"""Until the first minutes are kept and the deliveries of the start are over."""
ENROLMENT_KEY = "dexe_bench"

FLOOR = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL"); db.execute("PRAGMA synchronous = FULL")
db.execute("CREATE TABLE row (at REAL, text TEXT)")
while True:
    text = "".join(open(f"/proc/{name}").read(200) for name in ("stat", "meminfo", "diskstats", "loadavg"))
    db.execute("INSERT INTO row VALUES (?, ?)", (time.time(), text))
    time.sleep(60)
"""


def cpu_to_first_sample(agent: Installed) -> float:
    """Seconds of processor time until the first look at all sources is kept."""
    kept_before = _kept(agent.store)
    process = agent.start("run")
    ends = time.monotonic() + 60
    used = 0.0
    while _kept(agent.store) == kept_before and time.monotonic() < ends:
        used = cpu_seconds(process.pid)
        time.sleep(0.01)
    end(process)
    return used


def _kept(store: Path) -> tuple[object, ...]:
    """Changes with each look that is kept: when the agent last wrote that it is alive."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return tuple(db.execute("SELECT value FROM meta WHERE key = 'alive'").fetchone() or ())


def delivery_cpu_s(agent: Installed) -> float:
    """Processor time of one delivery as the service makes it: fork, import, one look at the policy."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from agent.service import runner; from agent.config import load_config\n"
        "from agent.store.local_store import LocalStore; from agent.sending.sender import Sender\n"
        "config = load_config(Path(sys.argv[1])); store = LocalStore(config.store_path)\n"
        "sender = Sender(config); sender.start(store, []); sender.wait(30)\n"
        "times = os.times(); print(times.children_user + times.children_system)\n"
    )
    command = [sys.executable, "-c", code, str(agent.config)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env=agent.environment
    )
    return float(done.stdout)


@contextmanager
def idle_processes(number: int) -> Iterator[None]:
    """So many more processes that sleep."""
    script = f"i=0; while [ $i -lt {number} ]; do sleep 100000 & i=$((i+1)); done; echo; wait"
    group = subprocess.Popen(["sh", "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    try:
        assert group.stdout is not None
        group.stdout.readline()
        yield
    finally:
        os.killpg(group.pid, signal.SIGKILL)
        group.wait()


def window(running: dict[str, subprocess.Popen[bytes]], seconds: float) -> dict[str, tuple[Totals, Totals]]:
    starts = {name: totals(process.pid) for name, process in running.items()}
    time.sleep(seconds)
    return {name: (starts[name], totals(process.pid)) for name, process in running.items()}


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def steady(agent: Installed, seconds: float) -> None:
    """Print what agent and floor use, then once more with 1,000 processes more."""
    floor = [sys.executable, "-c", FLOOR, str(agent.config.with_name("floor.sqlite3"))]
    running = {"agent": agent.start("run"), "floor": subprocess.Popen(floor)}
    try:
        time.sleep(SETTLE_SECONDS)
        few = window(running, seconds)
        print(f"\n{seconds:.0f} s, {machine()}")
        for name, looks in few.items():
            print(rates(name, *looks))
        with idle_processes(MORE_PROCESSES):
            time.sleep(5)
            many = window(running, seconds)
            print(f"\n{MORE_PROCESSES} more processes: {seconds:.0f} s, {machine()}")
        for name, looks in many.items():
            print(rates(name, *looks), flush=True)
    finally:
        for process in running.values():
            end(process)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.agent", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120.0, help="length of each of the two windows")
    parser.add_argument(
        "--program", nargs="+", default=FROM_SOURCE, help="a built agent, in place of Python's"
    )
    given = parser.parse_args(arguments)
    collector = RecordingCollector()
    with installed(collector.url, ENROLMENT_KEY, given.program) as agent:
        starts = sorted(cpu_to_first_sample(agent) for _ in range(5))
        print(
            f"to the first sample: {starts[2]:.2f} CPU s (of five starts {starts[0]:.2f} to {starts[-1]:.2f})"
        )
        if tuple(given.program) == FROM_SOURCE:
            print(f"one delivery: {delivery_cpu_s(agent):.2f} CPU s")
        print(f"the daily question to the package manager: {agent.question_cpu_s:.1f} CPU s", flush=True)
        steady(agent, given.seconds)
    collector.close()


if __name__ == "__main__":
    main()
