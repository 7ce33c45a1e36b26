"""What HR exports look like in earnest, and what we say about them."""

from datetime import date
from pathlib import Path

import pytest

from server.errors import UsageError
from server.people import models
from server.people.csv_import import MAX_TEXT, read_people
from server.people.fields import FIELDS

ROOT = Path(__file__).parents[2]


def texts(remarks: list[object]) -> list[str]:
    return [str(remark) for remark in remarks]


@pytest.mark.parametrize(
    "content",
    [
        "employee_id,name,team,hire\n7,Åsa,Web,2026-02-03\n".encode(),
        b"\xef\xbb\xbf" + "employee_id;name;team;hire\r\n7;Åsa;Web;2026-02-03\r\n".encode(),
        "employee_id\tname\tteam\thire\n\n7\tÅsa\tWeb\t2026-02-03".encode("utf-16"),
        'Employee_ID, Name ,TEAM,hire\n7,"Åsa", Web ,2026-02-03\n,,,\n'.encode(),
    ],
    ids=["comma", "bom-semicolon-crlf", "utf16-tab", "quotes-blanks-empty-line"],
)
def test_the_usual_forms_of_csv_say_the_same(content: bytes) -> None:
    read = read_people(content)
    assert not read.faults
    [person] = read.people
    assert person.employee_id == "7"
    assert dict(person.values) == {
        "employee_id": "7",
        "name": "Åsa",
        "team": "Web",
        "hire": date(2026, 2, 3),
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (",A,2026-02-03,,,", "line 2: employee_id: is missing."),
        ("7,A,03.02.2026,,,", "line 2: hire: “03.02.2026” is not a date; write YYYY-MM-DD."),
        ("7,A,2026-02-30,,,", "line 2: hire: “2026-02-30” is not a day of the calendar."),
        ("7,A,0026-02-03,,,", "line 2: hire: “0026-02-03” is out of range."),
        ("7,A,2026-02-03,2026-02-02,,", "line 2: last_day: 2026-02-02 is before hire 2026-02-03."),
        ("7,A,,,x,", "line 2: email: “x” is not an e-mail address."),
        ("7,A,,,,7", "line 2: manager: nobody manages themselves."),
        ("7,A\u202eB,,,,", "line 2: name: holds characters that cannot be seen."),
        (f"7,{'A' * (MAX_TEXT + 1)},,,,", f"line 2: name: is longer than {MAX_TEXT} characters."),
        ("7,A", "line 2: has 2 cells, but the header has 6."),
        ("7,A,,,,,,", "line 2: has 8 cells, but the header has 6."),
    ],
)
def test_each_fault_has_its_line_and_one_sentence(line: str, fault: str) -> None:
    read = read_people(f"employee_id,name,hire,last_day,email,manager\n{line}\n8,B,,,,\n".encode())
    assert texts(read.faults) == [fault]
    assert [person.employee_id for person in read.people] == ["8"]


def test_a_person_who_stands_twice_is_refused_with_the_first_line() -> None:
    read = read_people(b"employee_id,name\n7,A\n8,B\n7,C\n")
    assert texts(read.faults) == ["line 4: employee_id: “7” stands in line 2 already."]


def test_an_unknown_column_is_a_fault_that_names_the_known_ones() -> None:
    read = read_people(b"employee_id,salary\n7,100\n")
    assert str(read.faults[0]).startswith("line 1: unknown column “salary”; known are: employee_id, name,")


def test_names_that_would_join_groups_are_rewritten_and_noted() -> None:
    read = read_people(b"employee_id,unit,team\n7,R + D,A|B\n8,C++,X + + Y\n")
    assert [(p.text("unit"), p.text("team")) for p in read.people] == [("R & D", "A/B"), ("C++", "X & & Y")]
    assert len(read.notes) == 3
    assert str(read.notes[0]).startswith("line 2: unit: “R + D” is shown as “R & D”")


def test_the_line_of_a_fault_counts_lines_of_the_file_not_rows() -> None:
    read = read_people(b'employee_id,name,hire\n7,"A\nB",2026-02-03\n\n8,B,soon\n')
    assert [remark.line for remark in read.faults] == [2, 5]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty; its first line must name the columns."),
        (b"name\nA\n", "Line 1 must name the columns; “employee_id” is not among them."),
        (b"employee_id,name,Name\n7,A,B\n", "Line 1 names the column “name” twice."),
        (
            b"employee_id,name\n7,M\xfcller\n",
            "Line 2 is not UTF-8 text; save the file as CSV in UTF-8, or say how it is encoded.",
        ),
        (b"employee_id\n\0\n", "Line 2 holds a NUL byte; this is no text file."),
        (b'employee_id,name\n7,"A\n', "Line 2 cannot be read as CSV: unexpected end of data."),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_people(content)
    assert str(refused.value) == sentence


def test_every_field_has_a_column_of_that_name_in_its_table() -> None:
    tables = models.Base.metadata.tables
    for field in FIELDS:
        column = field.name if field.table != "partner" else "partner"
        assert column in tables[field.table].columns, field.name


def test_the_page_of_fields_shows_every_field_as_it_is() -> None:
    page = (ROOT / "docs" / "people-fields.md").read_text("utf-8")
    for field in FIELDS:
        row = f"| `{field.name}` | `{field.scim}` | `{field.table}` | {field.says} |"
        assert row in page, row
