"""Workday: a report of workers as CSV. Its headings are those of the fields, unless it renames them."""

from server.people.profile import Profile

WORKDAY = Profile(
    name="workday",
    says="Workday, a report of workers saved as CSV.",
    columns={
        "employee_id": ("Employee ID", "Worker ID"),
        "name": ("Preferred Name", "Legal Name", "Full Name", "Worker"),
        "email": ("Email - Primary Work", "Primary Work Email", "Work Email"),
        "unit": ("Business Unit", "Division"),
        "team": ("Supervisory Organization", "Department"),
        "manager": ("Manager ID", "Manager Employee ID", "Manager - Employee ID"),
        "site": ("Location", "Work Location", "Primary Location"),
        "hire": ("Hire Date", "Continuous Service Date"),
        "last_day": ("Last Day of Work", "Termination Date"),
        "absence_from": ("First Day of Leave", "Leave Start Date"),
        "absence_to": ("Actual Last Day of Leave", "Estimated Last Day of Leave", "Leave End Date"),
    },
)
