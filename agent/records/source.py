"""A file from outside, opened with distrust: it may be a pipe, a device, endless, or not what it is named."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.records.errors import Unreadable

MIB = 1024 * 1024
HEAD = 64 * 1024  # bytes by which a kind is recognised
LONGEST_LINE = 64 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Source:
    """A regular file and its beginning. `path` is where its bytes are, `given` what it was called, without
    the ending that a packer added.
    """

    path: Path
    given: str
    size: int
    head: bytes

    def at_most(self, mebibytes: int) -> None:
        if self.size > mebibytes * MIB:
            raise Unreadable(f"it is larger than the {mebibytes} MiB that are read of this kind of file")

    def start(self) -> str:
        """The beginning as text, to recognise the kind."""
        text = self.head.decode(self.encoding(), "replace").lstrip("\ufeff")
        return text.replace("\r\n", "\n")

    def beginning(self, characters: int) -> str:
        with self._open() as file:
            return file.read(characters)

    def lines(self, mebibytes: int, longest: int = LONGEST_LINE) -> Iterator[str]:
        """Line by line; of a line that is too long only the beginning."""
        self.at_most(mebibytes)
        with self._open() as file:
            goes_on = False
            while line := file.readline(longest):
                if not goes_on:
                    yield line
                goes_on = not line.endswith("\n")

    def pieces(self, mebibytes: int) -> Iterator[str]:
        self.at_most(mebibytes)
        with self._open() as file:
            while piece := file.read(LONGEST_LINE):
                yield piece

    def encoding(self) -> str:
        if self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        start = self.head[:200]
        if start[1::2].count(0) > len(start) / 3 and not start[::2].count(0):  # Latin letters, no mark
            return "utf-16-le"
        return "utf-8-sig"

    def _open(self) -> IO[str]:
        return open(_regular(self.path), encoding=self.encoding(), errors="replace")  # noqa: SIM115


def plain(path: str | Path, given: str = "") -> Source:
    """The source at a path, as it is."""
    with open(_regular(path), "rb") as file:
        return Source(Path(path), given or str(path), os.fstat(file.fileno()).st_size, file.read(HEAD))


def first_text(path: str | Path, longest: int) -> str:
    """The first bytes of a small file in a folder in which others may write; no link is followed."""
    with open(_regular(path, getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return file.read(longest).decode("utf-8", "replace")


def _regular(path: str | Path, flags: int = 0) -> int:
    """An open regular file, without waiting for a pipe or waking a device."""
    if not stat.S_ISREG(os.stat(path, follow_symlinks=not flags).st_mode):
        raise Unreadable("it is not a regular file")
    flags |= sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_BINARY", "O_CLOEXEC"))
    handle = os.open(path, os.O_RDONLY | flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # it was exchanged in this moment
        os.close(handle)
        raise Unreadable("it is not a regular file")
    return handle
