"""How long the network takes to a few known computers, by opening and closing a connection to each.

A TCP connection is what work does; it needs no privilege and passes where a ping does not. Nothing is sent
over it. Addresses are kept for an hour, so that the network is measured and not the name service.
"""

import errno
import json
import select
import socket
import time
from collections.abc import Callable, Iterable

from agent.agreed.policy import Reference
from agent.language.words import said
from agent.reading import Collector, Reading, SourceAbsent
from agent.signals import Sample
from agent.system.addresses import Address, resolve

EVERY = 60.0
DEADLINE = 3.0  # seconds for all connections together
ADDRESS_SECONDS = 3600.0
RETRY_SECONDS = 600.0  # without a network the name service blocks: it is not asked every minute

_ANSWERS = frozenset({0, errno.ECONNREFUSED, 10061})  # 10061: WSAECONNREFUSED
_UNDER_WAY = _ANSWERS | {errno.EINPROGRESS, errno.EWOULDBLOCK, 10035}  # 10035: WSAEWOULDBLOCK


def on_this_machine(address: Address) -> bool:
    """Only to its own addresses does a system let a program bind."""
    host, _, *rest = address.endpoint
    try:
        with socket.socket(address.family, socket.SOCK_DGRAM) as own:
            own.bind((host, 0, *rest))
    except OSError:
        return False
    return True


def round_trips(addresses: Iterable[Address], deadline: float = DEADLINE) -> dict[Address, float]:
    """Seconds until each address accepted or refused a connection; those that did neither are missing.

    All are tried at once. A refusal has gone there and back like an acceptance.
    """
    begun: dict[socket.socket, tuple[Address, float]] = {}
    took: dict[Address, float] = {}
    end = time.monotonic() + deadline
    try:
        for address in addresses:
            if (connection := _begin(address)) is not None:
                begun[connection] = (address, time.monotonic())
        waiting = set(begun)
        while waiting and (left := end - time.monotonic()) > 0:
            _, ready, failed = select.select([], waiting, waiting, left)
            now = time.monotonic()
            for connection in {*ready, *failed}:
                address, since = begun[connection]
                error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error in _ANSWERS:
                    took[address] = now - since
                waiting.discard(connection)
    finally:
        for connection in begun:
            connection.close()
    return took


def _begin(address: Address) -> socket.socket | None:
    connection = None
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        connection.setblocking(False)
        started = connection.connect_ex(address.endpoint) in _UNDER_WAY
    except OSError:
        started = False
    if connection is not None and not started:  # no route, for one
        connection.close()
        return None
    return connection


class Directory:
    """Addresses of the references, asked for again after an hour, or sooner if they stopped answering."""

    def __init__(
        self,
        resolve: Callable[[str, int], list[Address]] = resolve,
        local: Callable[[Address], bool] = on_this_machine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resolve, self._local, self._clock = resolve, local, clock
        self._known: dict[Reference, list[Address]] = {}
        self._asked: dict[Reference, float] = {}

    def addresses(self, reference: Reference, answered: bool) -> list[Address]:
        """Without those on this machine; `answered` is whether the last connection there succeeded."""
        now = self._clock()
        keep = ADDRESS_SECONDS if answered else RETRY_SECONDS
        if now - self._asked.get(reference, float("-inf")) >= keep:
            self._asked[reference] = now
            found = self._resolve(reference[1], reference[2])
            if found:
                self._known[reference] = [a for a in found if not self._local(a)]
        return self._known.get(reference, [])

    def is_local(self, reference: Reference) -> bool:
        return self._known.get(reference) == []


class Network:
    """One round to all references. The cursor names those that ever answered: one that never did may be
    behind a proxy or misspelt, and says nothing about the network.
    """

    def __init__(
        self,
        references: tuple[Reference, ...],
        directory: Directory | None = None,
        round_trips: Callable[[Iterable[Address]], dict[Address, float]] = round_trips,
    ) -> None:
        self._references, self._round_trips = references, round_trips
        self._directory = directory or Directory()
        self._answered: set[str] = set()  # at the last look
        self.offline = False
        """Whether at the last look none answered that ever did."""

    def collect(self, now: float, cursor: str | None) -> Reading:
        ever: set[str] = set(json.loads(cursor)) if cursor else set()
        addresses = {r: self._directory.addresses(r, r[0] in self._answered) for r in self._references}
        took = self._round_trips([a for found in addresses.values() for a in found])
        best: dict[str, float] = {}
        for (name, *_), found in addresses.items():
            if times := [took[a] for a in found if a in took]:
                best[name] = min(times)
        self._answered = set(best)
        counted = [r[0] for r in self._references if r[0] in ever | self._answered]
        if not counted:
            self.offline = False
            raise SourceAbsent(self._why_absent())
        self.offline = not best
        samples = []
        for name in counted:
            about = {"reference": name}
            samples.append(Sample("probe_ok", float(name in best), attributes=about))
            if name in best:
                samples.append(Sample("probe_rtt_ms", best[name] * 1000, attributes=about))
        return Reading(samples, cursor=json.dumps(sorted(ever | self._answered)))

    def _why_absent(self) -> str:
        if not self._references:
            return said("No computer is named whose answers could be measured.")
        if all(self._directory.is_local(r) for r in self._references):
            return said("The only computer named to measure the network is this one.")
        return said("None of the computers named to measure the network has ever answered from here.")


def collector(network: Network) -> Collector:
    return Collector("network", ("network",), EVERY, network.collect)
