"""Two HR systems that disagree: one goes first, the other is told so, and nothing is written to and fro."""

from datetime import date, timedelta

import pytest

from server.db import Store
from server.errors import UsageError
from server.people import sources
from server.people.changes import Changed, Telling
from server.people.csv_import import PersonLine, read_people
from server.people.models import Organisation, PersonRow
from server.people.store import Imported, person_id_of, save_people

MARCH = date(2026, 3, 2)


class Systems:
    """HR systems that send files about one person, day by day."""

    def __init__(self, store: Store, org: Organisation) -> None:
        self.store, self.org, self.day = store, org, MARCH
        self.disagreed: list[tuple[str, str]] = []

    def tell(self, source: str, **values: str) -> Imported:
        self.disagreed = []
        self.day += timedelta(days=1)
        text = f"employee_id,{','.join(values)}\n7,{','.join(values.values())}\n"

        def seen(_line: PersonLine, changed: Changed) -> None:
            self.disagreed += changed.disagreed

        with self.store.transaction() as session:
            read = read_people(text.encode())
            return save_people(session, self.org.org_id, read, self.day, Telling(source), seen)

    def order(self, *names: str) -> None:
        with self.store.transaction() as session:
            sources.put_in_order(session, self.org.org_id, names)

    def first(self, name: str, *fields: str) -> None:
        with self.store.transaction() as session:
            sources.let_go_first(session, self.org.org_id, name, fields)

    def known(self, name: str) -> object:
        with self.store.reading() as session:
            row = session.get(PersonRow, (self.org.org_id, person_id_of(self.org.org_id, "7")))
            return getattr(row, name)

    def listed(self) -> list[str]:
        with self.store.reading() as session:
            return [row.source for row in sources.sources(session, self.org.org_id)]


@pytest.fixture
def systems(store: Store, org: Organisation) -> Systems:
    return Systems(store, org)


def test_the_first_system_keeps_its_values_and_the_second_is_told(systems: Systems) -> None:
    systems.tell("hr", email="a@example.org", site="Oslo")
    for _ in range(2):
        counts = systems.tell("payroll", email="b@example.org", site="Oslo", name="Åsa")
        assert systems.disagreed == [("email", "hr")]
        assert (counts.disagreed, systems.known("email"), systems.known("name")) == (
            1,
            "a@example.org",
            "Åsa",
        )
        assert systems.tell("hr", email="a@example.org", site="Oslo").changed == 0


def test_the_order_of_systems_is_a_setting_and_that_of_a_field_goes_before_it(systems: Systems) -> None:
    systems.tell("hr", email="a@example.org", site="Oslo")
    systems.tell("mail", email="b@example.org", site="Bergen")
    systems.first("mail", "email")
    systems.tell("mail", email="b@example.org", site="Bergen")
    assert (systems.known("email"), systems.known("site")) == ("b@example.org", "Oslo")
    systems.tell("hr", email="a@example.org", site="Oslo")
    assert systems.disagreed == [("email", "mail")]
    systems.order("mail", "hr")
    systems.tell("mail", email="b@example.org", site="Bergen")
    assert systems.known("site") == "Bergen"


def test_an_empty_cell_withdraws_what_that_system_said_and_nothing_else(systems: Systems) -> None:
    systems.tell("hr", site="Oslo")
    systems.tell("payroll", site="Bergen")
    systems.tell("payroll", site="")
    assert systems.known("site") == "Oslo"
    systems.tell("payroll", site="Bergen")
    systems.tell("hr", site="")
    assert systems.known("site") is None
    systems.tell("payroll", site="Bergen")
    systems.tell("hr", site="")
    assert systems.known("site") == "Bergen"


def test_places_of_people_do_not_go_to_and_fro_either(systems: Systems) -> None:
    systems.tell("hr", unit="Sales", team="North")
    for _ in range(3):
        assert systems.tell("payroll", unit="Sales", team="Cost centre 7").placed == 0
        assert systems.disagreed == [("team", "hr")]
        assert systems.tell("hr", unit="Sales", team="North").placed == 0


def test_a_directory_by_scim_goes_before_named_files_and_those_before_others(systems: Systems) -> None:
    for source in ("csv", "hr", "scim", "payroll"):
        systems.tell(source, name=source.upper())
    assert systems.listed() == ["scim", "hr", "payroll", "csv"]
    assert systems.known("name") == "SCIM"


def test_what_a_forgotten_system_said_stays_and_may_be_changed(systems: Systems, store: Store) -> None:
    systems.tell("hr", site="Oslo")
    systems.tell("payroll", name="Åsa")
    with store.transaction() as session:
        sources.forget(session, systems.org.org_id, "hr")
    assert systems.known("site") == "Oslo"
    systems.tell("payroll", site="Bergen")
    assert (systems.known("site"), systems.listed()) == ("Bergen", ["payroll"])


def test_a_source_or_a_field_that_is_not_there_is_one_sentence(systems: Systems, store: Store) -> None:
    systems.tell("hr", site="Oslo")
    with pytest.raises(UsageError, match="There is no source “payrol” here; there are: hr"):
        systems.order("payrol")
    with pytest.raises(UsageError, match="“salary” is no such field; there are: branch, email,"):
        systems.first("hr", "salary")
