"""Children that run together: started in order, ended in reverse, and none outlives the others.

Each child is in a session of its own, so that a Ctrl-C of the terminal reaches the supervisor alone and
the agent still finds the collector for its last push. On Linux all of them end when the supervisor is
killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboards.parent import end_with_parent
from dashboards.waiting import ENDING, Signals

END_SECONDS = 5.0
"""A child that has not ended so long after its signal is killed."""
LOOK_SECONDS = 0.05 if sys.platform == "win32" else None
_CHILD_ENDED = (signal.SIGCHLD,) if hasattr(signal, "SIGCHLD") else ()


class ChildEnded(Exception):
    """A child ended by itself; the message says which one and how."""


class Interrupted(Exception):
    """A signal asked to end before everything was running."""


@dataclass(frozen=True, slots=True)
class Child:
    """A program and the signal that ends it in good order. One that `may_end` leaves the others running."""

    name: str
    command: Sequence[str]
    end_signal: signal.Signals = signal.SIGTERM
    may_end: bool = False


class Family:
    """The children that run, and the signals meant for all of them. Use it in a `with` block."""

    def __init__(self) -> None:
        self._running: list[tuple[Child, subprocess.Popen[bytes]]] = []
        self._passing: list[tuple[Child, subprocess.Popen[bytes]]] = []  # may end by themselves
        self._signals = Signals(*ENDING, *_CHILD_ENDED)

    def __enter__(self) -> "Family":
        self._signals.__enter__()
        return self

    def start(self, child: Child) -> None:
        supervisor = os.getpid()
        process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            # Between fork and exec; this process has no threads that could hold a lock then.
            preexec_fn=lambda: end_with_parent(supervisor),  # noqa: PLW1509
        )
        self._running.append((child, process))

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether it became so in time. Raises ChildEnded or Interrupted if something else came first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                return False
            self._look(0.1)
        return True

    def run(self, child: Child) -> int:
        """Let a program run to its end beside the others; its exit code. Raises as `wait_until`."""
        self.start(child)
        _, process = self._running.pop()
        self._passing.append((child, process))
        while (code := process.poll()) is None:
            self._look(LOOK_SECONDS)
        self._passing.clear()
        return code

    def wait(self) -> None:
        """Until somebody asks to end (returns) or a child ends by itself (raises ChildEnded)."""
        while True:
            try:
                self._look(LOOK_SECONDS)
            except Interrupted:
                return

    def _look(self, seconds: float | None) -> None:
        number = self._signals.wait(seconds)
        self._running = [
            (child, process)
            for child, process in self._running
            if not child.may_end or process.poll() is None
        ]
        for child, process in self._running:
            if process.poll() is not None:
                raise ChildEnded(f"{child.name} ended by itself ({_how(process.returncode)}).")
        if number in ENDING:
            raise Interrupted

    def __exit__(self, *_: object) -> None:
        """End the children in reverse order; a second signal kills what is left."""
        hurried = False
        for child, process in reversed(self._running + self._passing):
            if process.poll() is None:
                process.send_signal(child.end_signal)
            hurried = self._wait_for(process, hurried)
        self._signals.__exit__(None, None, None)

    def _wait_for(self, process: "subprocess.Popen[bytes]", hurried: bool) -> bool:
        """Until it has ended, by force when its time is over; whether somebody is in a hurry."""
        deadline = time.monotonic() + END_SECONDS
        while process.poll() is None:
            left = deadline - time.monotonic()
            if hurried or left <= 0:
                process.kill()
                process.wait()
                break
            number = self._signals.wait(min(left, 0.05))
            hurried = number in ENDING
        return hurried


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
