"""What `journalctl -o export` prints (systemd.io/JOURNAL_EXPORT_FORMATS): a line NAME=value per field and an
empty line after each entry. A value with a line break in it, as core dumps have, follows its NAME as eight
bytes of length and so many bytes: read as lines, it could pretend to be fields of another entry.
"""

from collections.abc import Iterator
from typing import IO

from agent.records.errors import Unreadable
from agent.records.journal_text import WANTED, entry_record
from agent.records.model import Record

BEGINNINGS = (b"__CURSOR=", b"__REALTIME_TIMESTAMP=")
LONGEST_VALUE = 64 * 1024  # bytes kept
LONGEST_COUNTED = 2**30  # bytes; files are not longer


def records_of(file: IO[bytes]) -> Iterator[Record]:
    """May raise Unreadable, after what was read before the damage."""
    for entry in entries(file):
        record = entry_record(entry)
        if record is not None:
            yield record


def entries(file: IO[bytes]) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    goes_on = False
    while line := file.readline(LONGEST_VALUE):
        begins, goes_on = not goes_on, not line.endswith(b"\n")
        if not begins:
            continue
        name, equals, value = line.rstrip(b"\r\n").partition(b"=")
        if name and not equals:
            value = _counted(file)
        elif not name:
            if entry:
                yield entry
            entry = {}
        key = name.decode("ascii", "replace")
        if key in WANTED:
            entry.setdefault(key, value.decode("utf-8", "replace"))
    if entry:
        yield entry


def _counted(file: IO[bytes]) -> bytes:
    length = int.from_bytes(file.read(8), "little")
    value = file.read(min(length, LONGEST_VALUE))
    if length <= LONGEST_COUNTED:
        file.seek(length - len(value), 1)
    if length > LONGEST_COUNTED or file.read(1) != b"\n":
        raise Unreadable("it is an export of a journal that is damaged or was cut short")
    return value
