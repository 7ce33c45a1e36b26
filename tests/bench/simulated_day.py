"""A day of a laptop in a minute: the real service and its real sources, on clocks that are put forward.

    python -m tests.bench.simulated_day CONFIG PORT WORKED_HOURS AWAKE_HOURS

To be started by another measurement, in a process of its own: it changes what Python thinks the time is. Only
what a machine without screen and network lacks is played: a person at work, a reference to connect to (PORT
on this machine), three crashes. Prints what the service used, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

HOUR = 3600.0
LOOK_EVERY = 30.0
STARTS_AT = 8
"""O'clock, yesterday: the collector takes no days that have not begun."""
CRASHES_AFTER = (1.2 * HOUR, 3.4 * HOUR, 3.5 * HOUR)
DELIVERY_SECONDS = 60.0


class Clocks:
    """`ahead` is added to every clock; that of time awake stands still in `asleep` seconds."""

    def __init__(self) -> None:
        self._wall, self._monotonic, self._get = time.time, time.monotonic, time.clock_gettime
        self.ahead = self.asleep = self.back = 0.0

    def put_in_place(self) -> None:
        """Before anything of the agent is loaded, which keeps these functions as its defaults."""
        time.time = lambda: self._wall() + self.ahead - self.back
        time.monotonic = lambda: self._monotonic() + self.ahead - self.asleep
        time.clock_gettime = self._clock

    def _clock(self, clock: int) -> float:
        """That of time since the boot goes on in sleep; those of processor time are left alone."""
        if clock == time.CLOCK_BOOTTIME:
            return self._get(clock) + self.ahead
        return time.monotonic() if clock == time.CLOCK_MONOTONIC else self._get(clock)

    def start_yesterday(self) -> None:
        now = self._wall()
        today = time.localtime(now)
        start = time.mktime((today.tm_year, today.tm_mon, today.tm_mday - 1, STARTS_AT, 0, 0, 0, 0, -1))
        self.back = now - start


CLOCKS = Clocks()
if __name__ == "__main__":
    CLOCKS.put_in_place()

from agent.collectors import all_collectors  # noqa: E402
from agent.collectors.active_linux import Active  # noqa: E402
from agent.collectors.network import Directory, Network  # noqa: E402
from agent.collectors.options import CollectorOptions  # noqa: E402
from agent.collectors.sessions_linux import DesktopSession  # noqa: E402
from agent.config import load_config  # noqa: E402
from agent.reading import Collector, Happening, Reading  # noqa: E402
from agent.service.runner import Runner  # noqa: E402
from agent.store.local_store import LocalStore  # noqa: E402
from tests.bench.measured import Totals, totals  # noqa: E402


class Played:
    """The sources of a laptop on which somebody works for `worked` seconds, from the start on."""

    def __init__(self, port: int, worked: float) -> None:
        self._began, self._worked = time.monotonic(), worked
        self._network = Network((("collector", "127.0.0.1", port),), Directory(local=lambda address: False))
        self._crashes = list(CRASHES_AFTER)

    def collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        played = {"active", "network"}
        real = [c for c in all_collectors(options) if not played & set(c.covers)]
        return [
            *real,
            Collector("active", ("active",), 60.0, Active(self._desktop).collect),
            Collector("network", ("network",), 60.0, self._network.collect),
            Collector("crashes", (), LOOK_EVERY, self._crash),
        ]

    def _awake(self) -> float:
        return time.monotonic() - self._began

    def _desktop(self) -> DesktopSession:
        return DesktopSession(idle=self._awake() > self._worked, locked=False)

    def _crash(self, now: float, cursor: str | None) -> Reading:
        if not self._crashes or self._awake() < self._crashes[0]:
            return Reading()
        del self._crashes[0]
        return Reading(events=[Happening("crash", datetime.fromtimestamp(now, UTC), app="player")])


def live(runner: Runner, hours: float) -> None:
    """Look after look, each delivery to its end."""
    for _ in range(round(hours * HOUR / LOOK_EVERY)):
        runner.step()
        if runner.sender.running:
            runner.sender.wait(DELIVERY_SECONDS)
            runner.step()
        CLOCKS.ahead += LOOK_EVERY


def main(config_path: str, port: str, worked: str, awake: str) -> None:
    CLOCKS.start_yesterday()
    config = load_config(Path(config_path))
    store = LocalStore(config.store_path)
    runner = Runner(config, store, collectors=Played(int(port), float(worked) * HOUR).collectors)
    looks: dict[str, Totals] = {"start": totals(os.getpid())}
    live(runner, 1.0)
    looks["after an hour"] = totals(os.getpid())
    live(runner, float(awake) - 1.0)
    looks["at the end"] = totals(os.getpid())
    night = 24 * HOUR - float(awake) * HOUR
    if night > 0:
        CLOCKS.ahead += night
        CLOCKS.asleep += night
        live(runner, 0.5)  # in which the last edition of the day leaves
    store.close()
    print(json.dumps({name: asdict(look) for name, look in looks.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
