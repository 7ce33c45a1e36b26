"""What tests of collectors share: the recorded journals, what reads them, and a clock that stands still."""

import gzip
import shutil
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent / "recorded" / "samples" / "linux"
NOW = 1_790_000_000.0
needs_journalctl = pytest.mark.skipif(
    not shutil.which("journalctl"), reason="not run: needs journalctl (Debian: systemd)"
)


def unpack_journals(folder: Path, *names: str) -> Path:
    """Recorded journals as journald would keep them."""
    for name in names:
        packed = RECORDED / "journal" / f"{name}.journal.gz"
        (folder / f"{name}.journal").write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
