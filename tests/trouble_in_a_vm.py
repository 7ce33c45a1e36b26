"""What happens to the virtual machine of test_virtual_laptop.py, run by its systemd at each start.

In the first run a program crashes, another one faults, a unit runs out of memory, and the machine sleeps;
then its kernel gives up. In the second run it is shut down. Before each end the agent has seen all of it.
"""

import ctypes
import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

STORE = "file:/var/lib/dex-agent/spool.sqlite3?mode=ro"
TOLD = Path("/var/lib/told.json")
SLEEP_SECONDS = 60
WAIT_SECONDS = 240


def seen(query: str, number: int) -> None:
    """Wait until the agent's store has so many."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        try:
            if sqlite3.connect(STORE, uri=True).execute(query).fetchone()[0] >= number:
                return
        except sqlite3.Error:
            pass
        time.sleep(1)


def crash() -> None:
    program = subprocess.Popen(["sleep", "60"])
    time.sleep(2)
    program.send_signal(signal.SIGABRT)
    program.wait()


def fault() -> None:
    """The kernel writes a line about this one, besides the record of its core."""
    if os.fork() == 0:
        ctypes.string_at(0)
    os.wait()


def run_out_of_memory() -> None:
    greedy = "x = bytearray(200 << 20); import time; time.sleep(60)"
    limits = ("-p", "MemoryMax=30M", "-p", "MemorySwapMax=0")
    subprocess.run(["systemd-run", "--wait", "--unit=greedy", *limits, "python3", "-c", greedy], check=False)


def sleep() -> None:
    subprocess.run(["rtcwake", "-m", "no", "-s", str(SLEEP_SECONDS)], check=True)
    before = asleep()
    subprocess.run(["systemctl", "suspend"], check=True)
    ends = time.monotonic() + WAIT_SECONDS
    while asleep() - before < 1 and time.monotonic() < ends:
        time.sleep(0.5)


def asleep() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def first_run() -> None:
    begun = time.monotonic()
    seen("SELECT count(*) FROM cursor WHERE collector IN ('crash', 'kernel', 'oscrash')", 3)
    seen("SELECT count(*) FROM minute", 1)
    crash()
    fault()
    run_out_of_memory()
    sleep()
    seen("SELECT count(*) FROM happening WHERE kind = 'crash'", 2)
    seen("SELECT count(*) FROM happening WHERE kind = 'oom'", 1)
    seen("SELECT count(*) FROM minute WHERE number > (SELECT min(number) + 2 FROM minute)", 2)
    TOLD.write_text(json.dumps({"awake_s": time.monotonic() - begun, "asleep_s": asleep()}))
    subprocess.run(["journalctl", "--sync"], check=True)
    os.sync()
    Path("/proc/sysrq-trigger").write_text("c")


def main() -> None:
    if TOLD.exists():
        seen("SELECT count(*) FROM happening WHERE kind = 'oscrash'", 1)
        subprocess.run(["systemctl", "poweroff"], check=True)
    else:
        first_run()


if __name__ == "__main__":
    main()
