"""A file from outside, opened with distrust: it may be a pipe, a device, endless, or not what it is named."""

import bz2
import gzip
import lzma
import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import IO

from agent.records.errors import Unreadable

MIB = 1024 * 1024
HEAD = 64 * 1024  # bytes by which a kind is recognised
LONGEST_LINE = 64 * 1024  # characters
MOST_UNPACKED = 1024 * MIB  # bytes

_PACKED: Mapping[bytes, Callable[[str], BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
}


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
        return self.path.open(encoding=self.encoding(), errors="replace")


def first_text(path: str | Path, longest: int) -> str:
    """The first bytes of a small file in a folder in which others may write: a regular one, and no link."""
    flags = ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC")
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, name, 0) for name in flags))
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable("it is not a regular file")
        return file.read(longest).decode("utf-8", "replace")


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The source at a path, unpacked into a temporary file if it is packed by gzip, xz or bzip2."""
    head, size = _look(path)
    unpack = next((opener for magic, opener in _PACKED.items() if head.startswith(magic)), None)
    if unpack is None:
        yield Source(Path(path), path, size, head)
        return
    with tempfile.TemporaryDirectory(prefix="dex-parse-") as folder:
        plain = Path(folder, "unpacked.journal")
        with unpack(path) as packed:
            _unpack(packed, plain)
        head, size = _look(str(plain))
        yield Source(plain, os.path.splitext(path)[0], size, head)


def _look(path: str) -> tuple[bytes, int]:
    """The first bytes and the size of a regular file, without waiting for a pipe or waking a device."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Unreadable("it is not a regular file")
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("it is not a regular file")
        return os.read(handle, HEAD), about.st_size
    finally:
        os.close(handle)


def _unpack(packed: BufferedIOBase, plain: Path) -> None:
    total = 0
    try:
        with plain.open("wb") as file:
            while piece := packed.read(MIB):
                total += len(piece)
                if total > MOST_UNPACKED:
                    raise Unreadable(f"unpacked it is larger than {MOST_UNPACKED // MIB:,} MiB")
                file.write(piece)
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        if getattr(error, "errno", None):  # the disk's fault, not the file's
            raise
        raise Unreadable("it is a packed file that is damaged or was cut short") from error
