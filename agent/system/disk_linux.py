"""Which disk the system lives on, and how long it was busy."""

import os
from dataclasses import dataclass
from pathlib import Path

from agent.reading import SourceAbsent

SYS = Path("/sys")
MOUNTS = Path("/proc/self/mountinfo")

IO_TICKS = 9  # tenth number of Documentation/block/stat.rst: milliseconds with a request in flight


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A disk, by its directory in sysfs."""

    folder: Path

    def busy_seconds(self) -> float:
        try:
            return int((self.folder / "stat").read_text("ascii").split()[IO_TICKS]) / 1000
        except (OSError, ValueError, IndexError):
            raise SourceAbsent("The system disk does not say how long it is busy.") from None

    def size_bytes(self) -> int:
        """sysfs counts sectors of 512 bytes whatever the disk's own are."""
        return int((self.folder / "size").read_text("ascii")) * 512


def system_device(path: str = "/", sys: Path = SYS, mounts: Path = MOUNTS) -> BlockDevice:
    """The disk under the file system that holds `path`; of an encrypted volume, the disk that carries it."""
    device = os.stat(path).st_dev
    folder = sys / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    if not folder.exists():  # btrfs and others show a number of their own
        folder = _mounted_from(path, sys, mounts)
    return BlockDevice(whole_disk(folder.resolve()))


def _mounted_from(path: str, sys: Path, mounts: Path) -> Path:
    while not os.path.ismount(path):
        path = os.path.dirname(path)
    for line in mounts.read_text("utf-8", "replace").splitlines():
        before, _, after = line.partition(" - ")
        if before.split(" ")[4] == path and " " in after:
            source = Path(os.path.realpath(after.split(" ")[1]))
            folder = sys / "class" / "block" / source.name
            if str(source).startswith("/dev/") and folder.exists():
                return folder
    raise SourceAbsent("The system's volume is on no disk of its own, as in a container.")


def whole_disk(folder: Path) -> Path:
    """From a partition to its disk, from a mapped volume on a single disk down to that disk."""
    if (folder / "partition").exists():
        return whole_disk(folder.parent)
    below = sorted((folder / "slaves").iterdir()) if (folder / "slaves").is_dir() else []
    return whole_disk(below[0].resolve()) if len(below) == 1 else folder
