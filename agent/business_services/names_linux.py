"""Names asked for by a forked process that writes one line per answer: the agent has one thread on Linux."""

import json
import os
import signal
from collections.abc import Callable, Sequence

from agent.system.addresses import Address

LIFETIME = 300
"""Seconds after which the system ends a child whose name service stays silent."""


class Asker:
    """At work from the start."""

    def __init__(
        self, endpoints: Sequence[tuple[str, int]], resolve: Callable[[str, int], list[Address]]
    ) -> None:
        self._pid, self._text = 0, b""
        self._pipe, end = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _live(endpoints, resolve, end)
        os.close(end)
        os.set_blocking(self._pipe, False)

    def new_answers(self) -> list[list[Address]]:
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
        return [[Address(family, tuple(endpoint)) for family, endpoint in json.loads(line)] for line in lines]

    def end(self) -> None:
        if self._pid:
            os.close(self._pipe)
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def __del__(self) -> None:
        """A list of services that a new policy replaced leaves no child behind."""
        self.end()


def _live(
    endpoints: Sequence[tuple[str, int]], resolve: Callable[[str, int], list[Address]], pipe: int
) -> None:
    """The child's whole life."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(LIFETIME)
        for host, port in endpoints:
            found = [[a.family, a.endpoint] for a in resolve(host, port)]
            os.write(pipe, json.dumps(found).encode() + b"\n")
    finally:
        os._exit(0)
