"""Processor time of each collector per look and per hour, on this machine. `python -m tests.bench.collectors`

A look is counted from the second on, as the agent runs for months; what a look starts (a package manager)
is counted too and spread over the time between two starts.
"""

import os
import time

from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions
from agent.collectors.patch_linux import AT_MOST_EVERY
from agent.reading import Collector, SourceAbsent, SourceDenied

LOOKS = 200
HOUR = 3600.0


def own_seconds() -> float:
    used = os.times()
    return used.user + used.system


def child_seconds() -> float:
    used = os.times()
    return used.children_user + used.children_system


def look(collector: Collector, cursor: str | None) -> tuple[str | None, str]:
    """The next cursor, and what kept the source from being read."""
    try:
        return collector.collect(time.time(), cursor).cursor or cursor, ""
    except (SourceAbsent, SourceDenied) as refusal:
        return cursor, str(refusal)


def measure(collector: Collector) -> tuple[float, str]:
    """Seconds per look, and why the source was not readable."""
    cursor, why = look(collector, None)
    start = time.process_time()
    for _ in range(LOOKS):
        cursor, why = look(collector, cursor)
    return (time.process_time() - start) / LOOKS, why


def main() -> None:
    total = 0.0
    print(f"{'collector':10} {'every s':>8} {'us/look':>9} {'s/h':>8}")
    for collector in all_collectors(CollectorOptions(references=(("name service", "9.9.9.9", 53),))):
        seconds, why = measure(collector)
        per_hour = seconds * HOUR / collector.every
        total += per_hour
        print(f"{collector.name:10} {collector.every:8.0f} {seconds * 1e6:9.1f} {per_hour:8.4f}  {why}")
    asked = child_seconds_of_patches()
    print(f"{'asking apt':10} {AT_MOST_EVERY:8.0f} {asked * 1e6:9.0f} {asked * HOUR / AT_MOST_EVERY:8.4f}")
    print(f"together {total + asked * HOUR / AT_MOST_EVERY:.3f} s of processor time per hour")


def child_seconds_of_patches() -> float:
    """What one question to the package manager costs; 0 where there is none to ask."""
    patches = next((c for c in all_collectors(CollectorOptions()) if c.name == "patch"), None)
    if patches is None:
        return 0.0
    before, end = child_seconds(), time.monotonic() + 120
    _, why = look(patches, None)
    while not why and child_seconds() == before and time.monotonic() < end:
        time.sleep(0.2)
        _, why = look(patches, None)
    return child_seconds() - before


if __name__ == "__main__":
    main()
