"""A real Prometheus for tests: on loopback, in a directory of its own, with the shipped configuration."""

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pg_server
import requests

SHIPPED = Path(__file__).parent.parent / "packaging" / "monitoring"
START_SECONDS = 30
COLLECTOR = "127.0.0.1:8765"
"""What the shipped configuration asks."""
FASTER = {"scrape_interval: 15s": "scrape_interval: 1s", "scrape_interval: 5m": "scrape_interval: 1s"}
"""As it would be in a test that has minutes."""


class Prometheus:
    """Scrapes one collector until the block ends."""

    def __init__(self, folder: Path, collector: str, tokens: Mapping[str, str]) -> None:
        """`collector`: host and port. `tokens`: contents of the files that the configuration names."""
        self._folder = folder
        for name in ("prometheus.yml", "prometheus-rules.yml"):
            shutil.copy(SHIPPED / name, folder)
        config = (folder / "prometheus.yml").read_text("utf-8")
        assert COLLECTOR in config
        for shipped, here in {COLLECTOR: collector, "30s": "1s", **FASTER}.items():
            config = config.replace(shipped, here)
        (folder / "prometheus.yml").write_text(config, "utf-8")
        for name, token in tokens.items():
            (folder / name).write_text(token, "ascii")
        self.port = pg_server.free_port()

    def __enter__(self) -> "Prometheus":
        command = [
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]
        with open(self._folder / "prometheus.log", "ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=log, preexec_fn=pg_server.end_with_parent
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def ask(self, path: str, **parameters: str) -> Any:
        """What is answered to a call of its interface; its complaint fails the test."""
        answer = requests.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", parameters, timeout=10).json()
        assert answer["status"] == "success", f"{parameters}: {answer['error']}"
        return answer["data"]

    def wait_for(self, query: str) -> list[dict[str, Any]]:
        """What a query gives, once it gives something."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if found := self.ask("query", query=query)["result"]:
                    return found
            except (requests.RequestException, requests.exceptions.JSONDecodeError):
                pass  # it has not started yet
            if time.monotonic() > deadline:
                raise TimeoutError(f"{query}\n{(self._folder / 'prometheus.log').read_text()}")
            time.sleep(0.1)

    def names(self) -> set[str]:
        """Of every metric it knows."""
        return set(self.ask("label/__name__/values"))
