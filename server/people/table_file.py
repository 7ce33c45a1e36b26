"""A file as a table of text: its encoding, its separator, and its lines with their numbers."""

import codecs
import csv
import io
from collections.abc import Iterator

from server.errors import UsageError

MAX_BYTES = 64 * 1024 * 1024
ENCODINGS = ("utf-8", "utf-16", "cp1252")
"""What a file may be declared to be in. A byte order mark says it by itself, and goes before."""

_DELIMITERS = (",", ";", "\t")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


def table_rows(content: bytes, encoding: str = "utf-8") -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not empty; comma, semicolon or tab, as the first line has it.

    Raises UsageError where the bytes are no table of text.
    """
    encoding, first = _checked(content, encoding)
    delimiter = max(_DELIMITERS, key=first.count)
    # Read as it goes: the whole text at once would be four times the file.
    text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"Line {line} cannot be read as CSV: {error}.") from error


def _checked(content: bytes, declared: str) -> tuple[str, str]:
    """The encoding in which all of it can be read, and the first line."""
    if len(content) > MAX_BYTES:
        raise UsageError(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
    if declared not in ENCODINGS:
        raise UsageError(f"“{declared}” is no known encoding; there are {', '.join(ENCODINGS)}.")
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), declared)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"Line {line} is not {_NAMES[declared]} text; save the file as CSV in UTF-8,"
            " or say how it is encoded."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"Line {line} holds a NUL byte; this is no text file.")
    return encoding, text.partition("\n")[0]
