"""Start the short-lived process that delivers, and notice its end.

On Linux the single-threaded service forks and the child imports `requests`; elsewhere it starts
`dex-agent send`. So the service itself stays small.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from agent.config import Config
from agent.errors import AgentError
from agent.language.words import LANGUAGE_SETTING, said
from agent.notices import notice
from agent.sending.retry import note_failure
from agent.store.local_store import LocalStore, get_number

LIFETIME = 300
"""Seconds after which a sender that hangs is ended: by the system on Linux, elsewhere at a look."""


class Sender:
    """At most one delivery at a time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._child: int | subprocess.Popen[bytes] | None = None
        self._began = 0.0

    @property
    def running(self) -> bool:
        """Whether a delivery is under way; collects the one that ended."""
        if isinstance(self._child, subprocess.Popen):
            if self._child.poll() is not None:
                self._child = None
            elif time.monotonic() - self._began > LIFETIME:
                self._kill()
        elif self._child is not None and sys.platform != "win32" and os.waitpid(self._child, os.WNOHANG)[0]:
            self._child = None
        return self._child is not None

    def start(self, store: LocalStore, inherited: list[int], pulse: bool = False) -> None:
        """Begin a delivery, or what the pulse has to do. The child must not keep `inherited` open."""
        if sys.platform != "linux":
            command = [sys.executable, "-m", "agent", "--config", str(self._config.path), "send"]
            for_the_log = {**os.environ, LANGUAGE_SETTING: "en"}
            self._began = time.monotonic()
            self._child = subprocess.Popen([*command, *(["--pulse"] if pulse else [])], env=for_the_log)
            return
        store.close()  # SQLite forbids to carry a connection over a fork; the next use opens it again
        self._child = os.fork()
        if self._child == 0:
            os._exit(_live_as_child(self._config, inherited, pulse))

    def wait(self, seconds: float) -> None:
        """Give a delivery some time to end, then end it: what it did not get done waits in the store."""
        ends = time.monotonic() + seconds
        while self.running:
            if time.monotonic() > ends:
                self._kill()
                return
            time.sleep(0.02)

    def _kill(self) -> None:
        if isinstance(self._child, subprocess.Popen):
            self._child.kill()
            self._child.wait()
        elif self._child is not None and sys.platform != "win32":
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        self._child = None


def _live_as_child(config: Config, inherited: list[int], pulse: bool) -> int:
    """The child's whole life. Its exit code: 0 delivered, 1 not, whatever the reason."""
    try:
        signal.set_wakeup_fd(-1)
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.alarm(LIFETIME)
        for descriptor in inherited:
            os.close(descriptor)

        from agent.sending.delivery import deliver, run_pulse

        delivered = run_pulse(config) if pulse else deliver(config)
    except AgentError as error:
        notice(str(error))
        return 1
    except Exception as error:
        sentence = said(f"The delivery failed by a fault of its own: {error!r}.")
        notice(sentence)
        _keep(config, sentence)
        return 1
    return 1 if delivered.trouble else 0


def _keep(config: Config, sentence: str) -> None:
    """`status` shows it, and the next try waits, as after any other failure."""
    store = LocalStore(config.store_path)
    with suppress(AgentError), store.transaction() as db:
        note_failure(db, time.time() + get_number(db, "clock_offset"), sentence)
    store.close()
