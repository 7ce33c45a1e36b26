"""SAP SuccessFactors: the export of users, whose first line has system keys and whose second has labels."""

from server.people.day_format import DayFormat
from server.people.profile import Profile

SUCCESSFACTORS = Profile(
    name="successfactors",
    says="SAP SuccessFactors, the export of users with its two lines of headings.",
    columns={
        "employee_id": ("USERID",),
        "email": ("EMAIL",),
        "unit": ("DIVISION",),
        "team": ("DEPARTMENT",),
        "manager": ("MANAGER",),
        "site": ("LOCATION",),
        "hire": ("HIREDATE",),
        "last_day": ("COMPANYEXITDATE",),
    },
    joined={"name": (("FIRSTNAME", "LASTNAME"),)},
    dates=DayFormat("MM/DD/YYYY"),
    empty=frozenset({"NO_MANAGER", "N/A", "12/31/9999"}),
    header_lines=2,
)
