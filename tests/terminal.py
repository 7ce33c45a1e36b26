"""A program on a terminal of its own, as if typed there."""

import contextlib
import os
import pty
import select
import time


class Terminal:
    def __init__(self, *command: str) -> None:
        self.text = ""
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)

    def read_until(self, wanted: str, seconds: float = 90.0) -> str:
        """Everything shown so far, once it holds what is wanted."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            left = deadline - time.monotonic()
            assert left > 0, f"“{wanted}” did not come in time:\n{self.text}"
            if select.select([self._screen], [], [], left)[0]:
                try:
                    self.text += os.read(self._screen, 65536).decode("utf-8", "replace")
                except OSError:  # the program ended
                    raise AssertionError(f"ended before “{wanted}”:\n{self.text}") from None
        return self.text

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def exit_code(self, seconds: float) -> int:
        """Waits for the end; what is shown meanwhile is read, so that the program is never held up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if select.select([self._screen], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    self.text += os.read(self._screen, 65536).decode("utf-8", "replace")
        raise AssertionError(f"still running after {seconds} s:\n{self.text}")
