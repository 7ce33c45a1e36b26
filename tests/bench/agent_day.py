"""What a day of the agent costs: bytes to and from its collector, bytes written, memory after 24 hours.

    python -m tests.bench.agent_day

Two simulated days with the real collector, each in about a minute: a working day (eight hours at work within
nine and a half awake, the night asleep, half an hour of the next morning), and 24 hours awake.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.installed import ROOT, Installed, installed
from tests.bench.measured import machine
from tests.bench.relay import Relay, Traffic

sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from collector_process import Collector  # noqa: E402

from server.clock import utc_now  # noqa: E402
from server.db import Store  # noqa: E402
from server.devices.store import create_enrolment_key  # noqa: E402
from server.ingest.partitions import ensure_around  # noqa: E402
from server.people.organisations import MAIN, create_organisation  # noqa: E402
from server.upkeep.migrate import upgrade  # noqa: E402

WORKED, AWAKE = 8.0, 9.5
DAY_SECONDS = 900.0

Used = dict[str, dict[str, float]]


@contextmanager
def real_collector(folder: Path) -> Iterator[tuple[str, str]]:
    """Its address and an enrolment key."""
    url = f"sqlite:///{folder}/dex.sqlite3"
    store = Store(url)
    upgrade(store)
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", utc_now().date())
        key = create_enrolment_key(session, org.org_id, utc_now().date())
    ensure_around(store, utc_now().date())
    store.close()
    collector = Collector(folder, url)
    collector.start()
    try:
        yield collector.address, key
    finally:
        collector.kill()


def live(agent: Installed, port: int, worked: float, awake: float) -> Used:
    module = [sys.executable, "-m", "tests.bench.simulated_day"]
    done = subprocess.run(
        [*module, str(agent.config), str(port), str(worked), str(awake)],
        cwd=ROOT,
        env=agent.environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=DAY_SECONDS,
        check=True,
    )
    return json.loads(done.stdout)


def report(name: str, used: Used, traffic: Traffic) -> None:
    start, hour, end = used.values()
    hours = (end["cpu_s"] - start["cpu_s"]), (end["others_cpu_s"] - start["others_cpu_s"])
    print(
        f"\n{name} ({machine()})\n"
        f"  HTTP: {(traffic.up + traffic.down) / 1000:.1f} KB: {traffic.up} bytes to the collector,"
        f" {traffic.down} back, in {traffic.requests} requests of {traffic.connections} deliveries\n"
        f"  CPU: {hours[0]:.1f} s, and {hours[1]:.1f} s of deliveries\n"
        f"  memory: RSS {hour['rss_mib']:.2f} MiB after an hour, {end['rss_mib']:.2f} at the end\n"
        f"  given to write(): {(end['written'] - start['written']) / 1e6:.1f} MB",
        flush=True,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, real_collector(Path(folder)) as (address, key):
        for name, worked, awake in (("working day", WORKED, AWAKE), ("24 hours awake", WORKED, 24.0)):
            relay = Relay(address)
            with installed(relay.url, key) as agent:
                relay.traffic = Traffic()  # without the enrolment
                report(name, live(agent, urlsplit(address).port or 80, worked, awake), relay.traffic)
            relay.close()


if __name__ == "__main__":
    main()
