"""`dex-agent parse FILE...`: what the agent would make of a recorded source, one JSON object per line."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from agent.language.words import retold, said
from agent.records import abrt, detect
from agent.records.errors import Unreadable
from agent.records.findings import Findings
from agent.records.model import clean_text
from agent.records.unpacked import opened


def main_parse(paths: Sequence[str]) -> int:
    """Prints the records of all files, each thing once; 1 if a file could not be read, else 0."""
    try:
        failed = parse_files(paths, sys.stdout, sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has seen enough; nothing is left to say at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return failed


def parse_files(paths: Sequence[str], out: TextIO, complaints: TextIO) -> int:
    """Files of one call are taken to be of one machine, so that what several tell counts once.

    A file that cannot be read gets one sentence; the others are read nevertheless.
    """
    found = Findings()
    failed = 0
    for path in paths:
        problem = _read(path, found)
        if problem:
            failed = 1
            print(f"{clean_text(path)}: {retold(problem)}.", file=complaints)
    for record in found.together():
        print(json.dumps(record.to_json()), file=out)
    return failed


def _read(path: str, into: Findings) -> str:
    """Reads one file into the findings; returns what was wrong with it, or nothing."""
    try:
        if os.path.isdir(path):
            _read_directory(path, into)
            return ""
        with opened(path) as source:
            detect.kind_of(source).read(source, into)
    except Unreadable as error:
        return clean_text(str(error)).rstrip(".")
    except OSError as error:
        return said(f"it cannot be read ({error.strerror})")
    except ValueError:  # a path with a null character
        return said("it cannot be read (its name is not one that a file can have)")
    return ""


def _read_directory(path: str, into: Findings) -> None:
    """A problem directory of ABRT is the only directory that is a report."""
    if not all(os.path.isfile(os.path.join(path, name)) for name in ("type", "time")):
        raise Unreadable("it is a directory; give the files in it")
    record = abrt.record_of(abrt.elements_of(Path(path)))
    if record is not None:
        into.records.append(record)
