"""A companion's life: look at the desktop when something changes, tell the service once a minute, end with
the session. It has no rights beyond those of the person whose session it is.
"""

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.companion.message import AHEAD, MINUTE, BadLine, Greeting, Hello, Hung, minute_of, read, written
from agent.companion.senses.sense import Senses
from agent.companion.stream import Lines, Stream
from agent.companion.tally import Seen, Tally
from agent.system.system_clocks import elapsed_seconds

if sys.platform == "win32":
    from agent.companion.windows_pipe import call
else:
    from agent.companion.unix_socket import call

POLL = 10.0
"""Seconds between two looks where no desktop tells that something changed."""
CHANGES_PER_MINUTE = 30
"""A desktop that reports more of them is looked at every POLL seconds for the rest of that minute."""


class Host(Protocol):
    """What a companion does for the person beside looking."""

    def greeted(self, greeting: Greeting) -> None:
        """The service has answered, as it does each time it is called."""

    def each_minute(self, active: bool) -> None:
        """A minute has ended; `active` tells whether somebody is there."""


class Companion:
    """One desktop session's."""

    def __init__(
        self,
        senses: Senses,
        address: Path,
        session: str,
        host: Host,
        *,
        clock: Callable[[], float] = elapsed_seconds,
        awake: Callable[[], float] = time.monotonic,
    ) -> None:
        self._senses, self._address, self._host = senses, address, host
        self._hello = Hello(session, senses.name)
        self._clock, self._awake = clock, awake
        self._stream: Stream | None = None
        self._lines = Lines()
        self._tally = Tally(self._look())
        self._minute = minute_of(clock())
        self._changes = 0

    def run(self) -> None:
        """Until the desktop is gone (`Gone`) or something ends this process."""
        self.call()
        while True:
            self._wait()
            self.step()

    def step(self) -> None:
        """One look at desktop and service; at the end of a minute the line about it."""
        self._senses.take_events()
        self._tally.stalls += [Hung(*stall) for stall in self._senses.stalls()]
        self._hear()
        minute = minute_of(self._clock())
        if minute != self._minute or self._senses.front() != self._front:
            self._tally.note(self._look())
        if minute != self._minute:
            self._minute, self._changes = minute, 0
            self._tell(written(self._tally.minute(minute, self._senses.front_known())))
            self._host.each_minute(self._tally.active)

    def close(self) -> None:
        self._hang_up()
        self._senses.close()

    def _look(self) -> Seen:
        """Only where a span ends. What is in front is asked last: other answers may bring news of it."""
        idle, locked = self._senses.idle_s(), self._senses.locked()
        self._front = front = self._senses.front()
        program, version = (front.program, front.version) if front else (None, "")
        return Seen(self._awake(), idle, locked is True, program, version)

    # Waiting

    def _wait(self) -> None:
        """Until something changes, a window should be asked whether it answers, or the minute ends."""
        changes = self._senses.fileno() if self._changes < CHANGES_PER_MINUTE else None
        longest = [(self._minute + 1) * MINUTE - AHEAD - self._clock()]
        if changes is None and self._senses.name != "blind":
            longest.append(POLL)
        again = self._senses.look_again_in() if self._tally.active else None
        if again is not None:
            longest.append(again)
        pause = max(0.0, min(longest))
        wanted = [changes, self._stream.fileno() if self._stream else None]
        descriptors = [number for number in wanted if number is not None]
        if not descriptors:
            time.sleep(pause)
        elif changes in select.select(descriptors, [], [], pause)[0]:
            self._changes += 1

    # Speaking

    def _tell(self, line: bytes) -> None:
        """To the service that was there, else to the one that is there now; what neither takes is lost."""
        for _ in range(2):
            if self._stream is None:
                self.call()
            if self._stream is None:
                return
            try:
                self._stream.send(line)
                return
            except OSError:
                self._hang_up()

    def call(self) -> None:
        """Call the service, which answers at its next look."""
        try:
            self._stream = call(self._address)
            self._lines = Lines()
            self._stream.send(written(self._hello))
        except OSError:
            self._hang_up()

    def _hear(self) -> None:
        if self._stream is None:
            return
        try:
            for line in self._lines.of(self._stream.receive()):
                message = read(line)
                if isinstance(message, Greeting):
                    self._host.greeted(message)
        except (OSError, EOFError, BadLine):
            self._hang_up()

    def _hang_up(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
