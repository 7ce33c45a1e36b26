"""Ways found by a forked process that writes one line per answer: the agent has one thread on Linux."""

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import asdict

from agent.business_services.reach import Proxy
from agent.business_services.service import Service
from agent.business_services.way import Find, Way
from agent.system.addresses import Address

LIFETIME = 300
"""Seconds after which the system ends a child whose name service stays silent."""


class Asker:
    """At work from the start."""

    def __init__(self, services: Sequence[Service], find: Find) -> None:
        self._pid, self._text = 0, b""
        self._pipe, end = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _live(services, find, end)
        os.close(end)
        os.set_blocking(self._pipe, False)

    def new_answers(self) -> list[Way]:
        """What it wrote since the last call. Lets go of a child that has ended."""
        while self._pid:
            try:
                piece = os.read(self._pipe, 65536)
            except BlockingIOError:
                break
            self._text += piece
            if not piece:
                self.end()
        *lines, self._text = self._text.split(b"\n")
        return [_read(line) for line in lines]

    def end(self) -> None:
        if self._pid:
            os.close(self._pipe)
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def __del__(self) -> None:
        """A list of services that a new policy replaced leaves no child behind."""
        self.end()


def _live(services: Sequence[Service], find: Find, pipe: int) -> None:
    """The child's whole life."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(LIFETIME)
        for service in services:
            os.write(pipe, json.dumps(asdict(find(service))).encode() + b"\n")
    finally:
        os._exit(0)


def _read(line: bytes) -> Way:
    told = json.loads(line)
    addresses = tuple(Address(a["family"], tuple(a["endpoint"])) for a in told["addresses"])
    return Way(addresses, Proxy(**told["proxy"]) if told["proxy"] else None, told["trouble"])
