"""The real collector as a process of its own, for tests that kill it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pg_server
import requests

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


class Collector:
    """Started and killed at will, on one address and one store."""

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
        self.data = data
        self.database_url = database_url
        self.port = pg_server.free_port()
        self.host = host
        self.address = f"http://{host}:{self.port}"
        self._inside = inside
        self._environment = os.environ | {"DEX_DATABASE_URL": database_url, "DEX_DEVICE_RATE": "0"} | more
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        serve = [sys.executable, "-m", "dashboards.serve", str(self.data), self.host, str(self.port)]
        command = [*self._inside, *serve]
        with open(self.data / "collector.log", "ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=pg_server.end_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError((self.data / "collector.log").read_text(errors="replace"))
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """Of its main process, whose child the worker is."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9 of all its processes at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def answers(self) -> bool:
        try:
            return requests.get(self.address + "/healthz", timeout=2).ok
        except requests.RequestException:
            return False
