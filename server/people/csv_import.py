"""Read a CSV file of people: every fault gets its line and one sentence, and nothing is guessed.

Pure: bytes in, rows and reports out. What the rows change in the store is decided in `server.people.changes`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from server.errors import UsageError
from server.people.day_format import ISO, DayFormat
from server.people.fields import BY_NAME, PersonField
from server.people.profile import PLAIN, Profile
from server.people.stages import STAGES
from server.people.table_file import table_rows

MAX_TEXT = 200
FEED_STAGES = (*STAGES, "left")
"""What a feed of stages may say."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
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


@dataclass(frozen=True, slots=True)
class _Column:
    """A field, and the places of the cells in a line that make it together."""

    field: PersonField
    places: tuple[int, ...]


def read_people(content: bytes, profile: Profile = PLAIN) -> PeopleFile:
    """The people of a CSV file. Raises UsageError with one sentence if it is no table at all."""
    rows = table_rows(content, profile.encoding)
    result = PeopleFile()
    try:
        line, header = next(rows)
    except StopIteration:
        raise UsageError("The file is empty; its first line must name the columns.") from None
    columns = _columns(header, line, profile, result)
    for _ in range(profile.header_lines - 1):
        next(rows, None)
    reader = _Reader(len(header), columns, profile, result)
    for line, cells in rows:
        reader.read(line, cells)
    result.columns = frozenset(column.field.name for column in columns)
    return result


def _columns(header: Sequence[str], line: int, profile: Profile, result: PeopleFile) -> list[_Column]:
    """The fields that the file has. A column of no field is a fault, or is noted once."""
    names = [name.casefold() for name in header]
    for name in sorted(set(names) - {""}):
        if names.count(name) > 1 and (profile.others == "refused" or _is_named(name, profile)):
            raise UsageError(f"Line {line} names the column “{name[:MAX_TEXT]}” twice.")
    columns = [
        _Column(known, places) for known in BY_NAME.values() if (places := _places(known, names, profile))
    ]
    if not any(column.field.name == "employee_id" for column in columns):
        wanted = " or ".join(f"“{name}”" for name in (*profile.columns.get("employee_id", ()), "employee_id"))
        raise UsageError(f"Line {line} must name the columns; {wanted} is not among them.")
    read = {place for column in columns for place in column.places}
    others = [name[:MAX_TEXT] for place, name in enumerate(header) if place not in read]
    if profile.others == "refused":
        known_names = ", ".join(BY_NAME)
        for name in others:
            text = f"unknown column “{name.lower()}”; known are: {known_names}."
            result.faults.append(Remark(line, text))
    elif others:
        result.notes.append(Remark(line, f"columns that are not read: {', '.join(others)}."))
    return columns


def _is_named(name: str, profile: Profile) -> bool:
    alternatives = [*profile.columns.values(), *(one for each in profile.joined.values() for one in each)]
    return name in BY_NAME or any(name == heading.casefold() for each in alternatives for heading in each)


def _places(known: PersonField, names: Sequence[str], profile: Profile) -> tuple[int, ...]:
    """Where a field stands in a line: under the profile's first heading that is there, under several that are
    joined, or under its own name."""
    alternatives: list[tuple[str, ...]] = [(heading,) for heading in profile.columns.get(known.name, ())]
    alternatives += [*profile.joined.get(known.name, ()), (known.name,)]
    for headings in alternatives:
        folded = [heading.casefold() for heading in headings]
        if all(heading in names for heading in folded):
            return tuple(names.index(heading) for heading in folded)
    return ()


class _Reader:
    """Reads lines into people or faults. Values that many lines share are read once, and kept once."""

    def __init__(self, width: int, columns: Sequence[_Column], profile: Profile, result: PeopleFile) -> None:
        self.width, self.columns, self.profile, self.result = width, columns, profile, result
        self.seen: dict[str, int] = {}
        self.shared: dict[tuple[str, str], Value] = {}

    def read(self, line: int, cells: list[str]) -> None:
        """Add the person of one line, or its faults."""
        result = self.result
        if len(cells) != self.width:
            text = f"has {len(cells)} cells, but the header has {self.width}."
            result.faults.append(Remark(line, text))
            return
        faults: list[str] = []
        notes: list[str] = []
        values: dict[str, Value] = {}
        for column in self.columns:
            try:
                values[column.field.name] = self._value(column, cells, notes)
            except ValueError as error:
                faults.append(f"{column.field.name}: {error}")
        person = PersonLine(line, str(values.get("employee_id") or ""), values)
        if not faults:
            faults.extend(_contradictions(person))
        first = self.seen.setdefault(person.employee_id, line)
        if person.employee_id and first != line:
            faults.append(f"employee_id: “{person.employee_id}” stands in line {first} already.")
        result.faults.extend(Remark(line, text) for text in faults)
        result.notes.extend(Remark(line, text) for text in notes)
        if not faults:
            result.people.append(person)

    def _value(self, column: _Column, cells: Sequence[str], notes: list[str]) -> Value:
        found = (cells[place] for place in column.places)
        cell = " ".join(part for part in found if part and part not in self.profile.empty)
        key = column.field.name, cell
        if key in self.shared:
            return self.shared[key]
        noted = len(notes)
        value = read_cell(column.field, cell, notes, self.profile.dates)
        if column.field.name not in _OWN and len(notes) == noted:
            self.shared[key] = value
        return value


_OWN = ("employee_id", "name", "email")
"""Values of one person alone."""


def read_cell(column: PersonField, cell: str, notes: list[str], dates: DayFormat = ISO) -> Value:
    """The value of a cell; ValueError with the rest of a sentence if it is none. Rewritings go to `notes`."""
    if not cell:
        if column.name == "employee_id":
            raise ValueError("is missing.")
        return None
    if column.kind == "day":
        return dates.read(cell)
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
