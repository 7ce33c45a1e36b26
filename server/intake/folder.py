"""A folder into which an HR system puts files: which of them are finished, and where they go afterwards.

Whoever may write into the folder is not trusted with more than that: only plain files are opened.
"""

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path

from server.errors import UsageError
from server.people.table_file import MAX_BYTES

DONE, FAILED = "done", "failed"
SUFFIX = ".csv"
SETTLED = timedelta(minutes=2)
"""A file that nobody changed for so long is finished."""
KEPT = timedelta(days=30)
"""For so long a file is found in done or failed, with its report."""
MOST_AT_ONCE = 20
"""Files of one folder in one run."""


def prepare(folder: Path) -> None:
    """Make the two folders within. UsageError if files could not be moved there."""
    try:
        for name in (DONE, FAILED):
            (folder / name).mkdir(mode=0o750, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder cannot be used: {error.strerror}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise UsageError("The folder cannot be used: files in it cannot be moved.")


def finished(folder: Path, now: datetime) -> list[Path]:
    """Files to be taken, the oldest first."""
    found = []
    for entry in os.scandir(folder):
        if not entry.name.lower().endswith(SUFFIX) or entry.name.startswith("."):
            continue
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            continue
        changed = max(status.st_mtime, status.st_ctime)
        if now.timestamp() - changed >= SETTLED.total_seconds():
            found.append((status.st_mtime, entry.name))
    return [folder / name for _, name in sorted(found)[:MOST_AT_ONCE]]


def content(file: Path) -> bytes:
    """What a file holds. UsageError for what is no plain file, cannot be read, or is too large."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(f"The file cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as opened:
        status = os.fstat(opened.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("This is no plain file.")
        if status.st_size > MAX_BYTES:
            raise UsageError(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
        return opened.read(MAX_BYTES + 1)


def put_away(file: Path, where: str, report: str, today: str) -> Path:
    """Move a file to done or failed, under a name that is free there, with a report beside it."""
    again = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{today}-{file.stem}{number}{file.suffix}" for number in again)
    targets = (file.parent / where / name for name in names)
    target = next(path for path in targets if not os.path.lexists(path))
    beside = target.with_name(f"{target.name}.txt")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(report)
    file.rename(target)
    return target


def forget_old(folder: Path, now: datetime) -> int:
    """Delete files and reports that were put away long ago; returns how many."""
    gone = 0
    for file in _put_away(folder):
        if now.timestamp() - file.lstat().st_ctime > KEPT.total_seconds():
            file.unlink()
            gone += 1
    return gone


def _put_away(folder: Path) -> Iterator[Path]:
    for name in (DONE, FAILED):
        yield from (path for path in (folder / name).iterdir() if path.is_file() or path.is_symlink())
