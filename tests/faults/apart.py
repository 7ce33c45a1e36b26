"""Tests in a thread of their own, which may leave for other namespaces: it alone, and the programs it starts.

So a small disk is seen by nobody else, and is gone with the last of these programs, however the run ends.
"""

import ctypes
import errno
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

_CLONE_NEWNS = 0x00020000
_PIECE = 64 * 1024

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip"),
    reason="namespaces of networks and mounts need root on Linux, and iproute2; run: sudo make test",
)


def apart(test: Callable[..., None]) -> Callable[..., None]:
    """The test runs in a thread of its own; its fixtures do not."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        failed: list[BaseException] = []

        def body() -> None:
            try:
                test(*args, **kwargs)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    return run


class SmallDisk:
    """A folder with so much room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Not a byte is left."""
        with open(self._ballast, "ab", buffering=0) as file:
            size = _PIECE
            while size:
                try:
                    file.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def make_room(self) -> None:
        with suppress(FileNotFoundError):
            self._ballast.unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """In the mounts of the calling thread alone, which must be `apart`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "cannot have mounts of one's own")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="dexdisk"))
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", folder], check=True
        )
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)
        folder.rmdir()
