"""The real agent on a laptop of a test, which lives a minute whenever it is told to: 400 of them in a breath.

    python agent_by_the_minute.py CONFIG FOLDER

FOLDER holds `clock`, the nanoseconds by which this laptop's and its collector's wall clocks are ahead
(tests/clock_ahead.c), and gets `door`, a socket that takes lines "live MINUTES" and answers "lived".
Everything else is the product: loop, collectors, store, day summary, forked sender, farewell on SIGTERM.
"""

import mmap
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.collectors import all_collectors, crash_linux
from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.config import load_config
from agent.reading import Collector
from agent.service.runner import Runner
from agent.store.local_store import LocalStore, get_number
from agent.system.clock import Clock

MINUTE = 60
DELIVERY_SECONDS = 60.0


class Told(Exception):
    """The laptop is shutting down."""


class MinuteByMinute:
    """A runner on clocks that go on by a minute at a time, besides the seconds that really pass."""

    def __init__(self, config: Path, folder: Path) -> None:
        with (folder / "clock").open("r+b") as file:
            self._ahead = mmap.mmap(file.fileno(), 8)
        self._passed = 0.0
        loaded = load_config(config)
        store = LocalStore(loaded.store_path)
        real = Clock()
        self._clock = Clock(
            get_number(store.db, "clock_offset"),
            elapsed=lambda: real.elapsed() + self._passed,
            awake=lambda: real.awake() + self._passed,
        )
        self.runner = Runner(loaded, store, clock=self._clock, collectors=self._collectors)

    def live(self, minutes: int) -> None:
        for _ in range(minutes):
            ahead = struct.unpack("q", self._ahead[:8])[0] + MINUTE * 1_000_000_000
            self._ahead[:8] = struct.pack("q", ahead)
            self._passed += MINUTE
            self.look()

    def look(self) -> None:
        """A minute ends when its delivery has ended."""
        self.runner.step()
        ends = time.monotonic() + DELIVERY_SECONDS
        while self.runner.sender.running and time.monotonic() < ends:
            time.sleep(0.002)

    def _collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        awake = Awake(self._clock.awake).collect
        return [replace(c, collect=awake) if c.name == "awake" else c for c in all_collectors(options)]


def shut_down(number: int, frame: object) -> None:
    raise Told


def main(config: str, folder: str) -> None:
    crash_linux.CORE_PATTERN = Path("/etc/core_pattern")  # that of the host knows no containers
    agent = MinuteByMinute(Path(config), Path(folder))
    signal.signal(signal.SIGTERM, shut_down)
    path = Path(folder, "door")
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    try:
        agent.look()
        door.bind(str(path))
        door.listen()
        while True:
            visitor, _ = door.accept()
            with visitor, visitor.makefile("rw") as lines:
                agent.live(int(lines.readline().split()[1]))
                lines.write("lived\n")
    except Told:
        agent.service.runner.say_goodbye()
    finally:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
