"""The list of who has which laptop, by serial number, as asset management exports it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from server.devices.assignment import assign
from server.devices.models import BY_LIST
from server.devices.queries import devices
from server.errors import UsageError
from server.people.csv_import import MAX_TEXT, Remark
from server.people.store import save_inventory
from server.people.table_file import table_rows

COLUMNS = ("serial", "employee_id")


@dataclass
class InventoryFile:
    """Serial number -> employee id of the good lines, and what is wrong with the others."""

    owners: dict[str, str] = field(default_factory=dict)
    faults: list[Remark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many laptops the list newly gives to somebody, and how many enrolled ones it names."""

    changed: int
    enrolled: int


def read_inventory(content: bytes, people: Mapping[str, UUID]) -> InventoryFile:
    """The lines of a CSV file with the columns serial and employee_id; `people` are those that exist.

    Raises UsageError with one sentence if it cannot be read as such a table.
    """
    rows = table_rows(content)
    _, header = next(rows, (1, []))
    names = [name.lower() for name in header]
    if sorted(names) != sorted(COLUMNS):
        raise UsageError("The first line must name exactly the columns serial and employee_id.")
    file = InventoryFile()
    for line, cells in rows:
        if len(cells) != len(names):
            file.faults.append(Remark(line, f"has {len(cells)} cells, but the header has {len(names)}."))
            continue
        row = dict(zip(names, cells, strict=True))
        fault = _fault(row, file.owners, people)
        if fault is None:
            file.owners[row["serial"]] = row["employee_id"]
        else:
            file.faults.append(Remark(line, fault))
    return file


def _fault(row: Mapping[str, str], seen: Mapping[str, str], people: Mapping[str, UUID]) -> str | None:
    serial, employee_id = row["serial"], row["employee_id"]
    if not serial or len(serial) > MAX_TEXT:
        return f"serial: is missing or longer than {MAX_TEXT} characters."
    if serial in seen:
        return f"serial: “{serial}” stands in the file already."
    if employee_id not in people:
        return f"employee_id: there is nobody with “{employee_id[:MAX_TEXT]}” in the directory."
    return None


def save_owners(session: Session, org_id: UUID, owners: Mapping[str, UUID], today: date) -> Assigned:
    """From today on each laptop is its owner's, enrolled ones at once and others when they enrol."""
    changed = save_inventory(session, org_id, owners, today)
    enrolled = [row for row in devices(session, org_id) if row["serial"] in owners]
    for row in enrolled:
        assign(session, org_id, row["device_id"], owners[row["serial"]], today, BY_LIST)
    return Assigned(changed, len(enrolled))
