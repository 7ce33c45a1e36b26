"""Addresses of computers, asked for beside the agent's loop: a name service may be silent for half a minute.

On Linux a child asks and ends, as the agent has one thread there; elsewhere a thread does.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from agent.addresses import Address, resolve

LIFETIME = 300
"""Seconds after which the system ends a child whose name service stays silent."""

Endpoint = tuple[str, int]
"""Host and port."""
Tell = Callable[[list[Address]], None]


class Names:
    """One round of questions, in this order, under way from the start."""

    def __init__(
        self, endpoints: Sequence[Endpoint], resolve: Callable[[str, int], list[Address]] = resolve
    ) -> None:
        self._endpoints = list(dict.fromkeys(endpoints))
        self._answers: list[list[Address]] = []
        self._child = _Child(self._endpoints, resolve) if sys.platform == "linux" else None
        if self._child is None:
            told = (self._endpoints, resolve, self._answers.append)
            threading.Thread(target=_ask_all, args=told, daemon=True).start()

    def addresses(self, endpoint: Endpoint) -> list[Address] | None:
        """None where the name was not asked for yet; empty where it is not known or did not come yet."""
        if self._child is not None:
            self._answers += self._child.new_answers()
        if endpoint not in self._endpoints:  # another proxy leads there since this round began
            return None
        place = self._endpoints.index(endpoint)
        if place < len(self._answers):
            return self._answers[place]
        return [] if place == len(self._answers) else None

    def close(self) -> None:
        if self._child is not None:
            self._child.end()


def _ask_all(endpoints: Sequence[Endpoint], resolve: Callable[[str, int], list[Address]], tell: Tell) -> None:
    for host, port in endpoints:
        tell(resolve(host, port))


class _Child:
    """A forked process that writes one line per answer."""

    def __init__(self, endpoints: Sequence[Endpoint], resolve: Callable[[str, int], list[Address]]) -> None:
        assert sys.platform == "linux"
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
        assert sys.platform == "linux"
        if self._pid:
            os.close(self._pipe)
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def __del__(self) -> None:
        """A list of services that a new policy replaced leaves no child behind."""
        self.end()


def _live(endpoints: Sequence[Endpoint], resolve: Callable[[str, int], list[Address]], pipe: int) -> None:
    """The child's whole life."""
    assert sys.platform == "linux"

    def tell(found: list[Address]) -> None:
        os.write(pipe, json.dumps([[a.family, a.endpoint] for a in found]).encode() + b"\n")

    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(LIFETIME)
        _ask_all(endpoints, resolve, tell)
    finally:
        os._exit(0)
