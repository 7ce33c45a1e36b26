"""A real agent process whose only source is a text file that a test appends to: one line, one crash.

    python agent_on_a_feed.py CONFIG FEED PUSH_SECONDS

Everything else is the product: loop, store, day summary, forked sender.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.collectors.options import CollectorOptions
from agent.config import load_config
from agent.reading import Collector, Happening, Reading
from agent.service import departures, runner
from agent.signals import Sample
from agent.store.local_store import LocalStore
from agent.system.only_one import Held, hold

EVERY = 0.02


def up_file(feed: Path) -> Path:
    """There once the agent begins to look."""
    return feed.with_suffix(".up")


class Feed:
    """The cursor is how many bytes were read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def collect(self, now: float, cursor: str | None) -> Reading:
        start = int(cursor or 0)
        with self._path.open("rb") as file:
            file.seek(start)
            whole = file.read().rpartition(b"\n")[0]
        if not whole:
            return Reading()
        at = datetime.fromtimestamp(now, UTC)
        events = [Happening("crash", at, app=line.decode()) for line in whole.split(b"\n")]
        return Reading([Sample("active_s", EVERY)], events, str(start + len(whole) + 1))


def main(config_path: str, feed: str, push_seconds: str) -> None:
    departures.PUSH_EVERY = float(push_seconds)
    config = load_config(Path(config_path))
    store = LocalStore(config.store_path)
    place = hold(config.state / "run.lock")
    if isinstance(place, Held):
        sys.exit("another one runs")
    up_file(Path(feed)).touch()

    def collectors(options: CollectorOptions) -> Sequence[Collector]:
        return [Collector("feed", ("crash", "active"), EVERY, Feed(Path(feed)).collect)]

    runner.Runner(config, store, collectors=collectors, inherited=[place]).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
