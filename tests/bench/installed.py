"""An agent as it is installed, for measurements: enrolled, modules compiled, daily question answered."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from agent.collectors import all_collectors  # noqa: E402
from agent.collectors.options import CollectorOptions  # noqa: E402
from agent.config import load_config  # noqa: E402
from agent.reading import SourceAbsent  # noqa: E402
from agent.store.local_store import LocalStore  # noqa: E402

QUESTION_SECONDS = 120.0
FROM_SOURCE = (sys.executable, "-m", "agent")


@dataclass(frozen=True, slots=True)
class Installed:
    """`program` starts `dex-agent`; `question_cpu_s` is what asking the package manager cost."""

    program: tuple[str, ...]
    config: Path
    environment: dict[str, str]
    question_cpu_s: float

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*self.program, "--config", str(self.config), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env=self.environment, timeout=120
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [*self.program, "--config", str(self.config), *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment)

    @property
    def store(self) -> Path:
        return load_config(self.config, {}).store_path


@contextmanager
def installed(server: str, key: str, program: Sequence[str] = FROM_SOURCE) -> Iterator[Installed]:
    """The state folder, and the cache of compiled modules, are temporary; what was started ends with us."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("ended"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        agent = Installed(tuple(program), Path(folder) / "agent.toml", environment, 0.0)
        done = agent.run("enroll", "--company-owned", "--server", server, "--key", key)
        if done.returncode:
            raise SystemExit(f"The agent could not be enrolled: {done.stderr}")
        agent.run("run", "--once")  # from here on nothing is compiled any more
        cost = _answer_the_question(agent.store)
        yield Installed(agent.program, agent.config, environment, cost)


def _answer_the_question(store_path: Path) -> float:
    """Ask the package manager what is missing, as the agent does once a day; seconds that took it."""
    patches = next((c for c in all_collectors(CollectorOptions()) if c.name == "patch"), None)
    before, ends = _children_cpu_s(), time.monotonic() + QUESTION_SECONDS
    while patches and time.monotonic() < ends:
        try:
            cursor = patches.collect(time.time(), None).cursor
        except SourceAbsent:
            break
        if cursor:
            _keep_cursor(store_path, patches.name, cursor)
            break
        time.sleep(0.2)
    return _children_cpu_s() - before


def _keep_cursor(store_path: Path, collector: str, cursor: str) -> None:
    store = LocalStore(store_path)
    with store.transaction() as db:
        db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (collector, cursor))
    store.close()


def _children_cpu_s() -> float:
    used = os.times()
    return used.children_user + used.children_system
