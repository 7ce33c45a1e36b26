"""What the agent costs: the real process with all its collectors beside a floor that hardly does anything.

    python -m tests.bench.agent [SECONDS]

Both run at the same time on the same machine. The floor is the least a Python agent could do: read four
files of /proc and commit one row to SQLite every minute. CPU is counted in ticks of 10 ms, so short runs
are coarse; that of programs it started is told apart.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from recording_collector import RecordingCollector  # noqa: E402

START_SECONDS = 330.0
"""In it falls what is done once a day: the package manager is asked which updates are missing."""

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


@dataclass(frozen=True, slots=True)
class Reading:
    """Totals of one process. `others_cpu_s` is that of its ended children, in `written` they count too."""

    at: float
    cpu_s: float
    others_cpu_s: float
    wakeups: int
    written: int
    rss_mib: float
    pss_mib: float


def read(pid: int) -> Reading:
    proc = Path("/proc") / str(pid)
    ticks = map(int, proc.joinpath("stat").read_text().rpartition(")")[2].split()[11:15])
    user, system, others_user, others_system = (tick / os.sysconf("SC_CLK_TCK") for tick in ticks)
    status = _table(proc / "status")
    memory = _table(proc / "smaps_rollup")
    return Reading(
        at=time.monotonic(),
        cpu_s=user + system,
        others_cpu_s=others_user + others_system,
        wakeups=int(status["voluntary_ctxt_switches"]),
        written=int(_table(proc / "io")["wchar"]),
        rss_mib=int(memory["Rss"].split()[0]) / 1024,
        pss_mib=int(memory["Pss"].split()[0]) / 1024,
    )


def _table(path: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in pairs}


def report(name: str, start: Reading, end: Reading) -> None:
    hours = (end.at - start.at) / 3600
    minutes = hours * 60
    print(
        f"{name:<6} start {start.cpu_s:4.2f} + {start.others_cpu_s:4.2f} CPU s"
        f" | steady {(end.cpu_s - start.cpu_s) / hours:4.2f}"
        f" + {(end.others_cpu_s - start.others_cpu_s) / hours:4.2f} CPU s/h"
        f" | RSS {end.rss_mib:5.1f} PSS {end.pss_mib:5.1f} MiB"
        f" | {(end.wakeups - start.wakeups) / minutes:5.1f} wake-ups/min"
        f" | {(end.written - start.written) / 1024 / minutes:6.1f} KiB written/min",
        flush=True,
    )


def delivery_cost(config: Path) -> float:
    """CPU seconds of one delivery as the service makes it: fork, import, one look at the policy."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from agent import runner; from agent.config import load_config\n"
        "from agent.local_store import LocalStore; from agent.sender import Sender\n"
        "config = load_config(Path(sys.argv[1])); store = LocalStore(config.store_path)\n"
        "sender = Sender(config); sender.start(store, []); sender.wait(30)\n"
        "times = os.times(); print(times.children_user + times.children_system)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(config)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return float(done.stdout)


def main(seconds: float = 600.0) -> None:
    collector = RecordingCollector()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "agent.toml"
        agent = [sys.executable, "-m", "agent", "--config", str(config)]
        enrol = [*agent, "enroll", "--server", collector.url, "--key", "dexe_bench"]
        subprocess.run(enrol, check=True, capture_output=True, cwd=ROOT)
        running = {
            "agent": subprocess.Popen([*agent, "run"], cwd=ROOT),
            "floor": subprocess.Popen([sys.executable, "-c", FLOOR, f"{folder}/floor.sqlite3"]),
        }
        time.sleep(START_SECONDS)
        starts = {name: read(process.pid) for name, process in running.items()}
        time.sleep(seconds)
        processes = len([entry for entry in os.listdir("/proc") if entry.isdigit()])
        print(f"{seconds:.0f} s, {processes} processes on this machine, Python {sys.version.split()[0]}")
        for name, process in running.items():
            report(name, starts[name], read(process.pid))
        for process in running.values():
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        once = delivery_cost(config)
        print(f"a delivery costs {once:.2f} CPU s")
    collector.close()


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
