"""Events of an `.evtx` file, by the evtx package (extra "parse")."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from agent.records import windows_log
from agent.records.errors import Unreadable
from agent.records.windows_event import Event, from_json

try:
    import evtx
except ImportError:  # optional, and not made for every platform (Windows on ARM)
    evtx = None  # type: ignore[assignment]

MAGIC = b"ElfFile\x00"
HEADER, CHUNK = 4096, 65536  # bytes: a log is a header and whole chunks
MOST_DAMAGED = 10_000  # records that cannot be read before the file is given up

_OF_INTEREST = re.compile('"Name": *"(?:' + "|".join(map(re.escape, sorted(windows_log.PROVIDERS))) + ')"')


def events(path: Path) -> Iterator[Event]:
    """The events that our readers know, in the order of the file.

    All chunks are walked: the header of a log copied from a running machine is stale and would lose some.
    """
    if evtx is None:
        raise Unreadable("it is a Windows event log, and reading one needs: pip install employee-dex[parse]")
    yield from _decoded(_texts(path))
    if (path.stat().st_size - HEADER) % CHUNK:
        raise Unreadable("it is a Windows event log that was cut short")


def _texts(path: Path) -> Iterator[str]:
    damaged = 0
    try:
        records = iter(evtx.PyEvtxParser(str(path)).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        raise Unreadable("it begins like a Windows event log but is damaged") from error
    while damaged < MOST_DAMAGED:
        try:
            record = next(records)
            yield str(record["data"]) if record else ""
        except StopIteration:
            break
        except (RuntimeError, OSError, ValueError, KeyError):
            damaged += 1
    if damaged:
        raise Unreadable(f"it is a Windows event log of which {damaged:,} records or blocks are damaged")


def _decoded(texts: Iterator[str]) -> Iterator[Event]:
    for text in texts:
        if not _OF_INTEREST.search(text):
            continue
        try:
            document = json.loads(text)
        except ValueError:
            continue
        event = from_json(document) if isinstance(document, dict) else None
        if event is not None:
            yield event
