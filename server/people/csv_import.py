"""Read a CSV file of people: every fault gets its line and one sentence, and nothing is guessed.

Pure: bytes in, rows and reports out. What the rows change in the store is decided in `server.people.store`.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from server.errors import UsageError
from server.people.fields import BY_NAME, PersonField
from server.people.stages import STAGES

MAX_BYTES = 64 * 1024 * 1024
MAX_TEXT = 200
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)

FEED_STAGES = (*STAGES, "left")
"""What a feed of stages may say."""

_DELIMITERS = (",", ";", "\t")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Value = str | date | None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one line of a file, in one sentence; line 1 is the header."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of the file; `values` has every column of the file, None for an empty cell."""

    line: int
    employee_id: str
    values: Mapping[str, Value]

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def day(self, name: str) -> date | None:
        value = self.values.get(name)
        return value if isinstance(value, date) else None


@dataclass
class PeopleFile:
    """What a file says: its good lines, what is wrong (`faults`), and what reading changed (`notes`)."""

    columns: frozenset[str] = frozenset()
    people: list[PersonLine] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


def read_people(content: bytes) -> PeopleFile:
    """The people of a CSV file. Raises UsageError with one sentence if it is no table at all."""
    rows = table_rows(content)
    result = PeopleFile()
    try:
        line, header = next(rows)
    except StopIteration:
        raise UsageError("The file is empty; its first line must name the columns.") from None
    columns = _columns(header, line, result)
    seen: dict[str, int] = {}
    for line, cells in rows:
        _read_line(line, cells, columns, seen, result)
    result.columns = frozenset(field.name for field in columns if field is not None)
    return result


def table_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not empty; comma, semicolon or tab, as the first line has it.

    Raises UsageError where the bytes are no table of text.
    """
    text = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"Line {line} cannot be read as CSV: {error}.") from error


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise UsageError(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"Line {line} is not UTF-8 text; save the file as CSV in UTF-8.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"Line {line} holds a NUL byte; this is no text file.")
    return text


def _columns(header: list[str], line: int, result: PeopleFile) -> list[PersonField | None]:
    """The field of each column; None for one that we do not know, which is a fault."""
    names = [name.lower() for name in header]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            raise UsageError(f"Line {line} names the column “{name}” twice.")
    if "employee_id" not in names:
        raise UsageError(f"Line {line} must name the columns; “employee_id” is not among them.")
    for name in names:
        if name not in BY_NAME:
            known = ", ".join(BY_NAME)
            result.faults.append(Remark(line, f"unknown column “{name[:MAX_TEXT]}”; known are: {known}."))
    return [BY_NAME.get(name) for name in names]


def _read_line(
    line: int,
    cells: list[str],
    columns: list[PersonField | None],
    seen: dict[str, int],
    result: PeopleFile,
) -> None:
    """Add the person of one line, or its faults."""
    if len(cells) != len(columns):
        result.faults.append(Remark(line, f"has {len(cells)} cells, but the header has {len(columns)}."))
        return
    faults: list[str] = []
    notes: list[str] = []
    values: dict[str, Value] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column is None:
            continue
        try:
            values[column.name] = read_cell(column, cell, notes)
        except ValueError as error:
            faults.append(f"{column.name}: {error}")
    person = PersonLine(line, str(values.get("employee_id") or ""), values)
    if not faults:
        faults.extend(_contradictions(person))
    first = seen.setdefault(person.employee_id, line)
    if person.employee_id and first != line:
        faults.append(f"employee_id: “{person.employee_id}” stands in line {first} already.")
    result.faults.extend(Remark(line, text) for text in faults)
    result.notes.extend(Remark(line, text) for text in notes)
    if not faults:
        result.people.append(person)


def read_cell(column: PersonField, cell: str, notes: list[str]) -> Value:
    """The value of a cell; ValueError with the rest of a sentence if it is none. Rewritings go to `notes`."""
    if not cell:
        if column.name == "employee_id":
            raise ValueError("is missing.")
        return None
    if column.kind == "day":
        return read_day(cell)
    if len(cell) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} characters.")
    if _CONTROL.search(cell):
        raise ValueError("holds characters that cannot be seen.")
    if column.kind == "email" and not _EMAIL.fullmatch(cell):
        raise ValueError(f"“{cell}” is not an e-mail address.")
    if column.kind == "place":
        return _place(column.name, cell, notes)
    if column.kind == "stage" and cell not in FEED_STAGES:
        raise ValueError(f"“{cell}” is no stage; there are {', '.join(FEED_STAGES)}.")
    return cell


def read_day(cell: str) -> date:
    """A day written YYYY-MM-DD. ValueError with the rest of a sentence for anything else."""
    if not _DAY.fullmatch(cell):
        raise ValueError(f"“{cell[:40]}” is not a date; write YYYY-MM-DD.")
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"“{cell}” is not a day of the calendar.") from None
    if not EARLIEST <= day < LATEST:
        raise ValueError(f"“{cell}” is out of range.")
    return day


def _place(name: str, cell: str, notes: list[str]) -> str:
    """A name without the signs that join names into groups and cells."""
    changed = cell
    while " + " in changed or "|" in changed:
        changed = changed.replace("|", "/").replace(" + ", " & ")
    if changed != cell:
        notes.append(f"{name}: “{cell}” is shown as “{changed}”, because “|” and “ + ” join names here.")
    return changed


def _contradictions(person: PersonLine) -> Iterator[str]:
    """What two cells of one line say against each other."""
    for earlier, later in (("hire", "last_day"), ("absence_from", "absence_to")):
        first, second = person.day(earlier), person.day(later)
        if first is not None and second is not None and second < first:
            yield f"{later}: {second} is before {earlier} {first}."
    if person.day("absence_to") and not person.day("absence_from"):
        yield "absence_to: needs absence_from."
    if person.day("assignment_from") and not (person.text("unit") or person.text("team")):
        yield "assignment_from: needs a unit or a team."
    if person.day("stage_from") and not person.text("stage"):
        yield "stage_from: needs a stage."
    if person.text("manager") == person.employee_id:
        yield "manager: nobody manages themselves."
    for own, partner in (("unit", "partner_unit"), ("team", "partner_team")):
        if person.text(partner) and person.text(partner) == person.text(own):
            yield f"{partner}: is the {own} itself."
        elif person.text(partner) and not person.text(own):
            yield f"{partner}: needs a {own}."
