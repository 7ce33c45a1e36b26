"""Bytes that probes of the network and of business services move in a day, and what they cost the processor.

    python -m tests.bench.probes

Real connections and TLS in a network of their own (unshare(1)), where everything on the wire is the agent's:
both ways, from IP on. Names are counted as 300 bytes for each question with its answers.
"""

import fcntl
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from service_servers import Authority, WebServer, read_head  # noqa: E402

from agent.business_services.check import check  # noqa: E402
from agent.business_services.https import WHOLE_EVERY, Https  # noqa: E402
from agent.business_services.service import MOST, Service  # noqa: E402
from agent.collectors.network import EVERY as PROBE_EVERY  # noqa: E402
from agent.collectors.network import round_trips  # noqa: E402
from agent.collectors.services import EVERY, ROUND  # noqa: E402
from agent.system.addresses import resolve  # noqa: E402

AWAKE, WORKED = 9.5 * 3600, 8.0 * 3600
REFERENCES = 1  # the collector itself; each more costs as much
NAME_BYTES = 300
ETHERNET = 14  # bytes of each packet
HEAD = "X-Text: " + "x" * 700  # what web servers say before any content
CHAIN_BYTES = 3500  # what certificates of public authorities have over the one used here
TIMES = 50
INSIDE = "BENCH_IN_OWN_NETWORK"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


class TalkativeServer(WebServer):
    """A web server that answers as long-windedly as they do."""

    def _talk(self, connection: socket.socket) -> None:
        with self.context.wrap_socket(connection, server_side=True) as secure:
            read_head(secure)
            secure.sendall(f"HTTP/1.1 200 OK\r\n{HEAD}\r\nContent-Length: 0\r\n\r\n".encode())
            secure.recv(1)


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        up = struct.unpack("16sH14x", flags)[1] | IFF_UP
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", up))


def on_the_wire() -> int:
    """Bytes so far, from IP on."""
    lines = (line.split() for line in Path("/proc/self/net/dev").read_text().splitlines())
    received, packets = next((int(words[1]), int(words[2])) for words in lines if words[0] == "lo:")
    return received - packets * ETHERNET


def measure(act: Callable[[], object], times: int = TIMES) -> tuple[float, float]:
    """Bytes on the wire, and processor seconds of this thread, for each time."""
    bytes_before, cpu_before = on_the_wire(), time.thread_time()
    for _ in range(times):
        act()
    cpu = time.thread_time() - cpu_before
    time.sleep(0.3)  # the last farewells
    return (on_the_wire() - bytes_before) / times, cpu / times


def main() -> None:
    raise_loopback()
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        server = TalkativeServer(authority.context())
        service = Service("one", "localhost", server.port, "/health")
        addresses = resolve("127.0.0.1", server.port)
        https = Https(str(authority.file))

        def ask() -> None:
            found = check(service, addresses, None, https)
            assert not found.cause, found

        def ask_anew() -> None:
            https.forget(service)
            ask()

        probe_bytes, probe_cpu = measure(lambda: round_trips(addresses))
        whole_bytes, whole_cpu = measure(ask_anew)
        resumed_bytes, resumed_cpu = measure(ask)
        server.close()
    print(f"one connection: {probe_bytes:.0f} bytes, {probe_cpu * 1e3:.2f} CPU ms")
    print(f"one service, whole: {whole_bytes:.0f} + {CHAIN_BYTES} bytes, {whole_cpu * 1e3:.2f} CPU ms")
    print(f"one service, resumed: {resumed_bytes:.0f} bytes, {resumed_cpu * 1e3:.2f} CPU ms")
    rounds, whole = WORKED / EVERY / ROUND, WORKED / WHOLE_EVERY
    references = REFERENCES * AWAKE / PROBE_EVERY * probe_bytes
    services = MOST * (whole * (whole_bytes + CHAIN_BYTES) + (rounds - whole) * resumed_bytes)
    names = (MOST * rounds + REFERENCES * AWAKE / 3600) * NAME_BYTES
    print(
        f"a working day: {(references + services + names) / 1000:.0f} KB, of it one reference"
        f" {references / 1000:.0f}, {MOST} services {services / 1000:.0f}, names about {names / 1000:.0f}"
    )
    print(f"ten services: {MOST * resumed_cpu * 3600 / EVERY / ROUND:.2f} CPU s per hour, without names")
    print(f"Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}")


if __name__ == "__main__":
    if INSIDE in os.environ:
        main()
    elif shutil.which("unshare"):
        command = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.bench.probes"]
        sys.exit(subprocess.run(command, env=os.environ | {INSIDE: "1"}, cwd=ROOT, timeout=120).returncode)
    else:
        sys.exit("unshare is missing; on Debian and Ubuntu: apt install util-linux")
