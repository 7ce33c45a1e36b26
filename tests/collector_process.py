"""The real collector and the real worker as processes of their own, for tests that kill them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self

import pg_server
import psutil
import requests

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
END_SECONDS = 30


class _Process:
    """Started and killed at will, and killed in any case when its block ends."""

    name: str

    def __init__(self, data: Path, database_url: str, inside: Sequence[str], more: Mapping[str, str]) -> None:
        self.data = data
        self.database_url = database_url
        self._inside = inside
        self._environment = os.environ | {"DEX_DATABASE_URL": database_url, "DEX_DEVICE_RATE": "0"} | more
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _begin(self, *command: str) -> None:
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [*self._inside, sys.executable, "-m", *command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=pg_server.end_with_parent,
            )

    @property
    def log(self) -> Path:
        return self.data / f"{self.name}.log"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its first process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9 of all its processes at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None


class Worker(_Process):
    """`dex-server worker`: it looks for due jobs at once."""

    name = "worker"

    def __init__(self, data: Path, database_url: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(data, database_url, (), more)

    def start(self) -> None:
        self._begin("dashboards.cli", "worker", "--data", str(self.data))


class Collector(_Process):
    """On one address and one store."""

    name = "collector"

    def __init__(
        self,
        data: Path,
        database_url: str,
        host: str = "127.0.0.1",
        inside: Sequence[str] = (),
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`inside` is a command that runs it elsewhere; `more` is added to its environment.

        Laptops of tests send as fast as they can, so they are not measured unless `more` says so.
        """
        super().__init__(data, database_url, inside, more)
        self.port = pg_server.free_port()
        self.host = host
        self.address = f"http://{host}:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        self.begin()
        self.wait_until_up()

    def begin(self) -> None:
        self._begin("dashboards.serve", str(self.data), self.host, str(self.port))

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self.log.read_text(errors="replace"))
            time.sleep(0.05)

    def kill_one(self, number: int) -> None:
        """kill -9 of one of its processes, main being the first; returns when the others have ended too."""
        assert self._process is not None
        main = psutil.Process(self._process.pid)
        everybody = [main, *main.children(recursive=True)]
        everybody[number % len(everybody)].kill()
        _, left = psutil.wait_procs(everybody, END_SECONDS)
        self.kill()
        assert left == [], "a part of the collector outlived the others"

    def answers(self) -> bool:
        try:
            return requests.get(self.address + "/healthz", timeout=2).ok
        except requests.RequestException:
            return False
