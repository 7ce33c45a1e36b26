"""Triggers of the kernel's pressure accounts beside reading their totals once a minute, as the agent does.

    python -m tests.bench.pressure_triggers [MINUTES]

The widest window of a trigger is ten seconds: one tenth of it is asked for, as near to "a tenth of a minute"
as a trigger comes (Documentation/accounting/psi.rst). Run it while the machine has something to do.
"""

import os
import select
import sys
import time

from agent.collectors.pressure_linux import PRESSURE, STALLED, read_stalled

WINDOW_S = 10.0
MINUTE = 60.0
RESOURCES = ("cpu", "memory", "io")


def trigger(resource: str) -> int:
    descriptor = os.open(PRESSURE / resource, os.O_RDWR | os.O_NONBLOCK)
    os.write(descriptor, f"some {STALLED * WINDOW_S * 1e6:.0f} {WINDOW_S * 1e6:.0f}\0".encode())
    return descriptor


def wakeups_of_a_minute(poll: select.poll, names: dict[int, str]) -> dict[str, int]:
    found = dict.fromkeys(names.values(), 0)
    ends = time.monotonic() + MINUTE
    while (left := ends - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000):
            found[names[descriptor]] += 1
    return found


def main(minutes: int = 3) -> None:
    names = {trigger(resource): resource for resource in RESOURCES}
    poll = select.poll()
    for descriptor in names:
        poll.register(descriptor, select.POLLPRI)
    print("minute  " + "".join(f"{resource:>32}" for resource in RESOURCES))
    for minute in range(minutes):
        before = {resource: read_stalled(resource) or 0.0 for resource in RESOURCES}
        woken = wakeups_of_a_minute(poll, names)
        shares = {r: ((read_stalled(r) or 0.0) - before[r]) / MINUTE for r in RESOURCES}
        told = (f"{shares[r]:7.1%} of it, {woken[r]:2d} wake-ups" for r in RESOURCES)
        print(f"{minute:6d}  " + "".join(f"{one:>32}" for one in told), flush=True)
    began = time.process_time()
    for _ in range(1000):
        for resource in RESOURCES:
            read_stalled(resource)
    print(f"reading the three totals: {(time.process_time() - began) * 1000:.0f} us")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
