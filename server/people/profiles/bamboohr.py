"""BambooHR: a custom report as CSV."""

from server.people.day_format import DayFormat
from server.people.profile import Profile

BAMBOOHR = Profile(
    name="bamboohr",
    says="BambooHR, a custom report saved as CSV; days as an account in the United States writes them.",
    columns={
        "employee_id": ("Employee #", "Employee Number", "EEID", "Employee ID"),
        "name": ("Display Name", "Full Name"),
        "email": ("Work Email",),
        "unit": ("Division",),
        "team": ("Department",),
        "manager": ("Supervisor EID", "Supervisor Employee #", "Reports To Employee #"),
        "site": ("Location",),
        "hire": ("Rehire Date", "Hire Date"),
        "last_day": ("Termination Date",),
    },
    joined={"name": (("First Name", "Last Name"),)},
    dates=DayFormat("MM/DD/YYYY"),
    empty=frozenset({"00/00/0000"}),
)
