"""A program of the system that is asked something and takes its time to answer."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO

if sys.platform == "linux":

    def _room() -> IO[bytes]:
        """Where the answer goes: a pipe would fill up before the next look. (`tempfile` would bring the agent
        0.7 MiB of packers.)
        """
        return os.fdopen(os.memfd_create("answer"), "w+b")

else:
    import tempfile

    def _room() -> IO[bytes]:
        """Where the answer goes."""
        return tempfile.TemporaryFile()


LONGEST = 120.0  # seconds until it is ended
# Windows would open a window for it, and has no `nice`.
WINDOWS_FLAGS = ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")


_PR_SET_PDEATHSIG = 1  # prctl(2)


def _end_with_the_agent() -> None:
    """Runs in the child: Linux ends it when the agent is killed, so that no work goes on for nobody."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Question:
    """A program of the system at work, beside the agent."""

    def __init__(self, command: Sequence[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic, self._since = monotonic, monotonic()
        self._output = _room()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            creationflags=sum(getattr(subprocess, name, 0) for name in WINDOWS_FLAGS),
            env={**os.environ, "LC_ALL": "C", "NO_COLOR": "1"},
            preexec_fn=_end_with_the_agent if sys.platform == "linux" else None,  # noqa: PLW1509
        )

    def answer(self) -> str | None:
        """What it printed, or None while it still works; OSError if it failed."""
        status = self._process.poll()
        if status is None and self._monotonic() - self._since < LONGEST:
            return None
        with self._output as output:
            if status != 0:
                self._process.kill()
                self._process.wait()
                raise OSError("the program failed")
            output.seek(0)
            return output.read().decode("utf-8", "replace")
