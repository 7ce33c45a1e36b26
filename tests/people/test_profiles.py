"""Files as HR systems write them, read by a profile: headings, encodings, days by a declared format only."""

from datetime import date

import pytest

from server.errors import UsageError
from server.people.csv_import import read_people
from server.people.day_format import DayFormat
from server.people.fields import BY_NAME
from server.people.own_profile import read_profile
from server.people.profiles import PROFILES, profile_named

EXPORTS = {
    "bamboohr": "Employee #,First Name,Last Name,Work Email,Division,Department,Location,Supervisor EID,"
    "Hire Date,Termination Date,Job Title\n"
    "7,Åsa,Ek,asa@example.org,Sales,North,Oslo,3,02/03/2026,00/00/0000,Clerk\n",
    "personio": "Personalnummer;Vorname;Nachname;E-Mail;Abteilung;Team;Standort;Anstelldatum;"
    "Letzter Arbeitstag;Vorgesetzter;manager\n"
    "7;Åsa;Ek;asa@example.org;Sales;North;Oslo;2026-02-03;;Bo Dahl;3\n",
    "workday": "Employee ID,Legal Name,Email - Primary Work,Business Unit,Supervisory Organization,Location,"
    "Manager ID,Hire Date,Last Day of Work,Salary\n"
    "7,Åsa Ek,asa@example.org,Sales,North,Oslo,3,2026-02-03,,100\n",
    "successfactors": "STATUS,USERID,USERNAME,FIRSTNAME,LASTNAME,EMAIL,MANAGER,DIVISION,DEPARTMENT,LOCATION,"
    "HIREDATE,COMPANYEXITDATE\n"
    "Status,User ID,Username,First Name,Last Name,Email,Manager,Division,Department,Location,Hire Date,Exit\n"
    "active,7,aek,Åsa,Ek,asa@example.org,3,Sales,North,Oslo,02/03/2026,12/31/9999\n",
}
PERSON = {
    "employee_id": "7",
    "name": "Åsa Ek",
    "email": "asa@example.org",
    "unit": "Sales",
    "team": "North",
    "site": "Oslo",
    "manager": "3",
    "hire": date(2026, 2, 3),
    "last_day": None,
}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_export_of_an_hr_system_says_the_same_as_our_own_columns(name: str) -> None:
    read = read_people(EXPORTS[name].encode(), profile_named(name))
    assert not read.faults
    [person] = read.people
    assert dict(person.values) == PERSON


def test_columns_that_a_profile_does_not_read_are_named_once() -> None:
    read = read_people(EXPORTS["workday"].encode(), profile_named("workday"))
    assert [str(note) for note in read.notes] == ["line 1: columns that are not read: Salary."]


def test_every_heading_of_a_profile_is_of_a_field_that_there_is() -> None:
    for profile in PROFILES.values():
        assert {*profile.columns, *profile.joined} <= set(BY_NAME), profile.name
        headings = [heading.casefold() for each in profile.columns.values() for heading in each]
        assert len(headings) == len(set(headings)), profile.name


OWN = """
name = "our-hr"
dates = "DD.MM.YYYY"
encoding = "cp1252"
empty = ["31.12.9999"]
others = "refused"

[columns]
employee_id = "Nr"
hire = ["Eintritt", "Beginn"]
last_day = "Austritt"

[joined]
name = ["Vorname", "Name"]
"""


def test_an_own_profile_reads_what_it_says_and_refuses_the_rest() -> None:
    text = "Nr;Vorname;Name;Beginn;Austritt;Lohn\n7;Åsa;Ek;03.02.2026;31.12.9999;1\n"
    read = read_people(text.encode("cp1252"), read_profile(OWN))
    [person] = read.people
    assert dict(person.values) == {
        "employee_id": "7",
        "name": "Åsa Ek",
        "hire": date(2026, 2, 3),
        "last_day": None,
    }
    assert str(read.faults[0]).startswith("line 1: unknown column “lohn”; known are: employee_id,")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "This is no profile: Invalid value"),
        (
            'name = "x"\n[columns]\nsalary = "Lohn"',
            "The profile names a field “salary”; there are: employee_id,",
        ),
        ('name = "x"\nspeed = 1\n[columns]', "This is no profile: Object contains unknown field `speed`"),
        (
            'name = "X Y"\n[columns]',
            "A profile has a name of small letters, figures and hyphens, 31 at most.",
        ),
        ('name = "x"\ndates = "DD.MM.YY"\n[columns]', "“DD.MM.YY” is no format of dates; it has YYYY, MM"),
        ('name = "x"\nencoding = "ebcdic"\n[columns]', "A profile has an encoding of utf-8, utf-16, cp1252"),
        ('name = "x"\nheader_lines = 9\n[columns]', "A profile has an encoding of utf-8, utf-16, cp1252"),
    ],
)
def test_what_is_no_profile_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_profile(text)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("written", "cell", "day"),
    [
        ("DD.MM.YYYY", "03.02.2026", date(2026, 2, 3)),
        ("D/M/YYYY", "3/2/2026", date(2026, 2, 3)),
        ("MM/DD/YYYY", "02/03/2026", date(2026, 2, 3)),
        ("YYYYMMDD", "20260203", date(2026, 2, 3)),
        ("YYYY-MM-DDT00:00:00", "2026-02-03T00:00:00", date(2026, 2, 3)),
    ],
)
def test_a_day_is_read_by_the_format_that_is_declared(written: str, cell: str, day: date) -> None:
    assert DayFormat(written).read(cell) == day


@pytest.mark.parametrize("cell", ["3.2.2026", "2026-02-03", "03.02.26", "03.02.2026 ", "٠٣.٠٢.٢٠٢٦"])
def test_a_day_in_any_other_form_is_a_fault(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date; write DD\.MM\.YYYY"):
        DayFormat("DD.MM.YYYY").read(cell)


@pytest.mark.parametrize("written", ["DD.MM", "DD.MM.YYYY.DD", "MON DD YYYY", ""])
def test_what_names_no_day_of_a_year_is_no_format(written: str) -> None:
    with pytest.raises(UsageError, match="is no format of dates"):
        DayFormat(written)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_mark_or_a_declaration_says_the_encoding(encoding: str) -> None:
    declared = "cp1252" if encoding in ("cp1252", "utf-8-sig", "utf-16") else "utf-8"
    profile = read_profile(f'name = "x"\nencoding = "{declared}"\n[columns]')
    [person] = read_people("employee_id,name\n7,Åsa\n".encode(encoding), profile).people
    assert person.text("name") == "Åsa"


def test_a_file_that_is_not_what_was_declared_names_the_line() -> None:
    profile = read_profile('name = "x"\nencoding = "cp1252"\n[columns]')
    with pytest.raises(UsageError, match="Line 2 is not Windows-1252 text"):
        read_people(b"employee_id,name\n7,\x81\n", profile)


def test_one_heading_twice_is_refused_only_where_it_is_read() -> None:
    personio = profile_named("personio")
    assert read_people(b"ID,Position,Position\n7,a,b\n", personio).people
    with pytest.raises(UsageError, match="names the column “team” twice"):
        read_people(b"ID,Team,Team\n7,a,b\n", personio)
