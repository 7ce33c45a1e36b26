"""The demo company's HR export: the CSV file its HR department would have sent on a given Monday. Pure."""

import csv
import io
from collections.abc import Iterable
from datetime import date

from server.demo.company import Employee

_COLUMNS = (
    "employee_id",
    "name",
    "unit",
    "team",
    "assignment_from",
    "site",
    "hire",
    "notice_known",
    "last_day",
    "last_day_known",
    "absence_from",
    "absence_to",
)


def staff_list(employees: Iterable[Employee], until: date) -> bytes:
    """What is known on this day of these people, in the columns of docs/people-fields.md.

    Somebody with several absences has a row of the newest one; a list is sent every week, so none is missed.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for employee in employees:
        writer.writerow(_row(employee, until))
    return file.getvalue().encode()


def changed_in(employee: Employee, first: date, last: date) -> bool:
    """Whether something about this person becomes known between two days."""
    days = [employee.first, *(move.day for move in employee.moves), *(start for start, _ in employee.away)]
    return any(first <= day <= last for day in (*days, employee.notice or date.min))


def _row(employee: Employee, until: date) -> tuple[str, ...]:
    team = employee.team_on(until)
    since = max((move.day for move in employee.moves if move.day <= until), default=employee.hire)
    notice = employee.notice if employee.notice is not None and employee.notice <= until else None
    away = max(((start, end) for start, end in employee.away if start <= until), default=(None, None))
    days = (
        notice,
        employee.last if notice else None,
        notice,
        *away,
    )
    return (
        employee.employee_id,
        f"Colleague {employee.number:04d}",
        team.unit,
        team.name,
        since.isoformat(),
        team.site,
        employee.hire.isoformat(),
        *("" if day is None else day.isoformat() for day in days),
    )
