"""A file from outside that may be packed by gzip, xz or bzip2. The agent that runs gets no packed files, and
should not carry the packers.
"""

import bz2
import gzip
import lzma
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from agent.records.errors import Unreadable
from agent.records.source import MIB, Source, plain

MOST_UNPACKED = 1024 * MIB  # bytes

_PACKED: Mapping[bytes, Callable[[str], BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
}


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The source at a path, unpacked into a temporary file if it is packed."""
    source = plain(path)
    unpack = next((opener for magic, opener in _PACKED.items() if source.head.startswith(magic)), None)
    if unpack is None:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="dex-parse-") as folder:
        unpacked = Path(folder, "unpacked.journal")
        with unpack(path) as packed:
            _unpack(packed, unpacked)
        yield plain(unpacked, os.path.splitext(path)[0])


def _unpack(packed: BufferedIOBase, into: Path) -> None:
    total = 0
    try:
        with into.open("wb") as file:
            while piece := packed.read(MIB):
                total += len(piece)
                if total > MOST_UNPACKED:
                    raise Unreadable(f"unpacked it is larger than {MOST_UNPACKED // MIB:,} MiB")
                file.write(piece)
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        if getattr(error, "errno", None):  # the disk's fault, not the file's
            raise
        raise Unreadable("it is a packed file that is damaged or was cut short") from error
