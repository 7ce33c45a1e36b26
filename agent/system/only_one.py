"""A file that one process holds at a time; the system lets go of it when that process ends, however."""

import os
import sys
from pathlib import Path

from agent.store.own_files import opened


class Held:
    """Somebody else holds the file; `holder` is the process id it wrote there."""

    def __init__(self, holder: str) -> None:
        self.holder = holder


def hold(path: Path) -> int | Held:
    """Take the file and write our process id into it. The descriptor, to be kept open, or who has it."""
    descriptor = opened(path)
    if not _lock(descriptor):
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        return Held(holder)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def holder_of(path: Path) -> str | None:
    """The process that holds the file now, if any."""
    if not path.exists():
        return None
    found = hold(path)
    if isinstance(found, Held):
        return found.holder
    os.close(found)
    return None


if sys.platform == "win32":
    import msvcrt

    FAR_BYTE = 1 << 30  # the lock lies behind the process id, which others must be able to read

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
