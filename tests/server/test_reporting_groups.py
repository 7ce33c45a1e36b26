"""Reporting groups in the store: fixed once a quarter, from the headcount of a Monday."""

from datetime import date

from sqlalchemy.orm import Session

from server.db import Store
from server.people.csv_import import read_people
from server.people.groups import Placed
from server.people.models import Organisation
from server.people.queries import directory
from server.people.reporting import earlier_names, groups_of_week
from server.people.store import save_people


def employees(unit: str, team: str, number: int, first: int, hire: str = "2020-01-06") -> list[str]:
    return [f"{first + i},{unit},{team},{hire}" for i in range(number)]


def bring_in(session: Session, org: Organisation, lines: list[str], today: date) -> None:
    file = read_people("\n".join(["employee_id,unit,team,hire", *lines]).encode())
    assert not file.faults
    save_people(session, org.org_id, file, today)


def groups(session: Session, org: Organisation, week: str) -> dict[str, Placed]:
    return groups_of_week(session, org, directory(session, org.org_id).people, week)


def test_groups_stand_for_the_quarter_and_late_teams_join_them(store: Store, org: Organisation) -> None:
    start = date(2026, 3, 2)
    with store.transaction() as session:
        bring_in(session, org, employees("U", "a", 9, 100) + employees("U", "b", 3, 200), start)
        bring_in(session, org, employees("V", "c", 8, 300), start)
        first = groups(session, org, "2026-W10")
    assert first == {"a": Placed("U", "a + b"), "b": Placed("U", "a + b"), "c": Placed("V", "c")}
    with store.transaction() as session:
        bring_in(session, org, employees("V", "d", 9, 400, "2026-03-09"), date(2026, 3, 9))
        bring_in(session, org, employees("U", "b", 9, 500, "2026-03-09"), date(2026, 3, 9))
        assert groups(session, org, "2026-W10") == first, "nobody is in team d yet"
        later = groups(session, org, "2026-W11")
    assert later == first | {"d": Placed("V", "c")}
    with store.transaction() as session:
        assert groups(session, org, "2026-W14") == {
            "a": Placed("U", "a"),
            "b": Placed("U", "b"),
            "c": Placed("V", "c"),
            "d": Placed("V", "d"),
        }
        names = earlier_names(session, org.org_id, "2026-W14")
    assert names == {"2026-W01": {"unit:U": "U", "unit:V": "V", "team:c": "c"}}


def test_a_new_organisation_counts_heads_in_the_week_it_began(store: Store, org: Organisation) -> None:
    """Its first quarter began before it did; who was hired since then counts."""
    with store.transaction() as session:
        bring_in(session, org, employees("U", "a", 9, 100, "2026-02-16"), date(2026, 3, 4))
        assert groups(session, org, "2026-W10") == {"a": Placed("U", "a")}


def test_a_trend_is_followed_through_two_quarters(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, employees("U", "a", 9, 100) + employees("U", "b", 9, 200), date(2026, 3, 2))
        groups(session, org, "2026-W10")
        groups(session, org, "2026-W14")
        groups(session, org, "2026-W27")
        names = earlier_names(session, org.org_id, "2026-W28")
    assert list(names) == ["2026-W14", "2026-W01"]
    assert names["2026-W01"] == {"unit:U": "U", "team:a": "a", "team:b": "b"}


def test_a_team_without_a_unit_is_a_unit_of_its_own(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        bring_in(session, org, employees("", "a", 9, 100) + employees("U", "b", 9, 200), date(2026, 3, 2))
        assert groups(session, org, "2026-W10") == {"a": Placed("a", "a"), "b": Placed("U", "b")}
