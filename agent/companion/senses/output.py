"""What another program prints, for rare questions."""

import os
import select
import sys
import time

PATIENCE = 3.0  # seconds
LONGEST_ANSWER = 4 * 1024 * 1024

if sys.platform == "win32":

    def output_of(*command: str, patience: float = PATIENCE) -> str | None:
        return None

else:

    def output_of(*command: str, patience: float = PATIENCE) -> str | None:
        """In English; None where there is no such program, it fails, or it takes too long.

        By posix_spawn: the module subprocess would cost a resident megabyte and a half.
        """
        reader, writer = os.pipe()
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        try:
            environ = {**os.environ, "LC_ALL": "C"}
            pid = os.posix_spawnp(command[0], command, environ, file_actions=actions)
        except OSError:
            os.close(reader)
            return None
        finally:
            os.close(writer)
        try:
            text = _read_until(reader, time.monotonic() + patience)
        finally:
            os.close(reader)
        if text is None:
            os.kill(pid, 9)
        _, status = os.waitpid(pid, 0)
        return text if status == 0 else None


def _read_until(reader: int, end: float) -> str | None:
    data = b""
    while len(data) <= LONGEST_ANSWER:
        ready, _, _ = select.select([reader], [], [], max(end - time.monotonic(), 0))
        if not ready:
            return None
        more = os.read(reader, 65536)
        if not more:
            return data.decode("utf-8", "replace")
        data += more
    return None
