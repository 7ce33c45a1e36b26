"""The fields of a person: one table, in which CSV column, SCIM path and table column meet.

docs/people-fields.md shows it to those who export from an HR system; a test holds the two together.
"""

from dataclasses import dataclass
from typing import Literal

Table = Literal["person", "assignment", "absence", "move", "partner", "stage_feed", "sign_in_name"]
Kind = Literal["id", "text", "place", "email", "day", "stage"]
"""id: a short name without blanks at its ends; text: one line; place: a text that names a unit, team or
branch, so that it may not hold the signs that join names; email; day: YYYY-MM-DD; stage: one of
`server.people.stages`, or left."""

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIFECYCLE = "urn:employee-dex:scim:schemas:extension:lifecycle:1.0:User"


@dataclass(frozen=True, slots=True)
class PersonField:
    """`name` is the CSV column and the column of `table`; `says` is the sentence of the documents."""

    name: str
    scim: str
    table: Table
    kind: Kind
    says: str


FIELDS: tuple[PersonField, ...] = (
    PersonField(
        "employee_id",
        "externalId",
        "person",
        "id",
        "The directory's lasting name for the person. Required, once per file.",
    ),
    PersonField("name", "displayName", "person", "text", "Name as shown to the person and to support."),
    PersonField(
        "email", 'emails[type eq "work"].value', "person", "email", "Address for sign-in and notices."
    ),
    PersonField(
        "sign_in_name",
        "userName",
        "sign_in_name",
        "text",
        "Name at sign-in to laptops, if it is not the e-mail address. Only a digest of it is kept.",
    ),
    PersonField(
        "unit", f"{ENTERPRISE}:division", "assignment", "place", "Large part of the company, such as Sales."
    ),
    PersonField("team", f"{ENTERPRISE}:department", "assignment", "place", "Team inside the unit."),
    PersonField(
        "branch",
        f"{LIFECYCLE}:branch",
        "assignment",
        "place",
        "Teams of one branch (one manager above them) are joined first when one is too small.",
    ),
    PersonField(
        "assignment_from",
        f"{LIFECYCLE}:assignmentFrom",
        "assignment",
        "day",
        "First day in this unit and team. Without it: the hire day of a new person, else the day of import.",
    ),
    PersonField("manager", f"{ENTERPRISE}:manager.value", "person", "id", "`employee_id` of the manager."),
    PersonField(
        "site",
        'addresses[type eq "work"].locality',
        "person",
        "text",
        "Home site, as the directory names it.",
    ),
    PersonField(
        "hire",
        f"{LIFECYCLE}:hire",
        "person",
        "day",
        "First day at work. Unknown: the person counts as `steady`.",
    ),
    PersonField(
        "notice",
        f"{LIFECYCLE}:notice",
        "person",
        "day",
        "Day of the notice, if it is not the day of `notice_known`. Does nothing before a known day.",
    ),
    PersonField(
        "notice_known",
        f"{LIFECYCLE}:noticeKnown",
        "person",
        "day",
        "Day from which the person knows of the notice. Leave empty while they do not.",
    ),
    PersonField("last_day", f"{LIFECYCLE}:lastDay", "person", "day", "Last day at work."),
    PersonField(
        "last_day_known",
        f"{LIFECYCLE}:lastDayKnown",
        "person",
        "day",
        "Day from which the person knows of the last day; of a fixed term, the day of the contract.",
    ),
    PersonField(
        "absence_from",
        f"{LIFECYCLE}:absenceFrom",
        "absence",
        "day",
        "First day of a registered absence. No reason is asked or kept.",
    ),
    PersonField(
        "absence_to",
        f"{LIFECYCLE}:absenceTo",
        "absence",
        "day",
        "Last day of that absence. Empty: still away.",
    ),
    PersonField(
        "role_change",
        f"{LIFECYCLE}:roleChange",
        "move",
        "day",
        "First day in a new role, under a new manager or with another class of laptop.",
    ),
    PersonField(
        "stage",
        f"{LIFECYCLE}:stage",
        "stage_feed",
        "stage",
        "Stage, in place of the days it would follow from: once told, those say nothing more.",
    ),
    PersonField(
        "stage_from",
        f"{LIFECYCLE}:stageFrom",
        "stage_feed",
        "day",
        "First day of that stage. Without it: the day of import.",
    ),
    PersonField(
        "partner_unit",
        f"{LIFECYCLE}:partnerUnit",
        "partner",
        "place",
        "Unit with which this unit is shown first if one of them is too small alone.",
    ),
    PersonField(
        "partner_team",
        f"{LIFECYCLE}:partnerTeam",
        "partner",
        "place",
        "Team with which this team is shown first if one of them is too small alone.",
    ),
)

BY_NAME = {field.name: field for field in FIELDS}


def names_of(table: Table) -> tuple[str, ...]:
    """Names of the fields that live in this table."""
    return tuple(field.name for field in FIELDS if field.table is table)
