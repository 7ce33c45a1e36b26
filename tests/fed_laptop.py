"""A real agent process whose crashes a test invents, by the feed of `agent_on_a_feed`."""

import atexit
import os
import subprocess
import sys
from pathlib import Path

import agent_on_a_feed
from waiting import wait_until

from agent.config import Config

PUSH_SECONDS = "0.1"


class FedLaptop:
    """The agent as a process of its own, and the feed of crashes it reads."""

    def __init__(self, config: Config, feed: Path) -> None:
        self.config, self.feed = config, feed
        self.errors, self._up = feed.with_suffix(".err"), agent_on_a_feed.up_file(feed)
        self.feed.touch()
        self.expected: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._up.unlink(missing_ok=True)
        command = [agent_on_a_feed.__file__, str(self.config.path), str(self.feed), PUSH_SECONDS]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        with self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *command], env=environment, stderr=errors, start_new_session=True
            )
        atexit.register(self._process.kill)  # a test that fails midway leaves none behind

    def wait_until_up(self) -> None:
        wait_until(self._up.exists)

    def crash(self, number: int) -> None:
        with self.feed.open("a") as file:
            for _ in range(number):
                name = f"app{len(self.expected)}"
                self.expected.append(name)
                file.write(name + "\n")

    def end(self, number: int, with_sender: bool = False) -> int:
        """Send a signal to the agent, and to the short-lived sender it may have started."""
        assert self._process is not None
        send = os.killpg if with_sender else os.kill
        send(self._process.pid, number)
        return self._process.wait(20)
