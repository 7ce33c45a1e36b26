"""What tests of collectors share: the recorded journals, and waiting for something of the real machine."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

RECORDED = Path(__file__).parent / "recorded" / "samples" / "linux"
NOW = 1_790_000_000.0
T = TypeVar("T")


def unpack_journals(folder: Path, *names: str) -> Path:
    """Recorded journals as journald would keep them."""
    for name in names:
        packed = RECORDED / "journal" / f"{name}.journal.gz"
        (folder / f"{name}.journal").write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


def eventually(look: Callable[[], T], seconds: float = 5.0) -> T:
    """The first true answer, or the last one when the time is over."""
    end = time.monotonic() + seconds
    while not (answer := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
