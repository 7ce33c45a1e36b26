"""On which days people work: holidays by country and site, days of the company's own, counted and shown."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.config import Settings
from server.db import Store
from server.people.calendar import calendar_of
from server.people.csv_import import read_people
from server.people.models import Organisation
from server.people.store import save_people
from server.people.working_days import EVERYWHERE, Calendar, OwnDay, Place, holidays_of
from server.privacy.alarm_values import groups_seen

MONDAY = date(2026, 4, 6)  # Easter
DAY = timedelta(days=1)
TWO_SITES = Calendar(
    places={EVERYWHERE: Place("DE", "BE"), "Munich": Place("DE", "BY"), "Cairo": Place("EG")},
    own_days={
        (EVERYWHERE, date(2026, 12, 24)): OwnDay("Closed"),
        ("Munich", date(2026, 12, 24)): OwnDay("Stocktaking", works=True),
        (EVERYWHERE, date(2026, 4, 6)): OwnDay("Launch", works=True),
    },
)


def test_without_a_country_people_work_from_monday_to_friday() -> None:
    assert [Calendar().is_working(MONDAY + n * DAY) for n in range(7)] == [True] * 5 + [False] * 2
    assert not any(Calendar().is_unusual(MONDAY + n * DAY) for n in range(7))


def test_a_site_has_the_holidays_of_its_part_of_the_country() -> None:
    epiphany = date(2026, 1, 6)
    assert TWO_SITES.is_working(epiphany)
    assert TWO_SITES.is_working(epiphany, "Hamburg")
    assert not TWO_SITES.is_working(epiphany, "Munich")
    assert TWO_SITES.name_of(epiphany, "Munich") == "Epiphany"
    assert TWO_SITES.is_unusual(epiphany, "Munich")
    assert not TWO_SITES.is_unusual(epiphany)
    assert TWO_SITES.is_unusual_somewhere(epiphany)
    assert not TWO_SITES.is_unusual_somewhere(epiphany + 2 * DAY)


def test_a_weekend_is_that_of_the_country() -> None:
    friday = date(2026, 2, 6)
    assert TWO_SITES.is_working(friday)
    assert not TWO_SITES.is_working(friday, "Cairo")
    assert TWO_SITES.is_working(friday + 2 * DAY, "Cairo")
    assert not TWO_SITES.is_unusual(friday, "Cairo"), "no holiday, but a day of rest as every week"


def test_what_the_company_says_of_a_day_goes_before_the_country_and_what_a_site_says_before_both() -> None:
    christmas_eve = date(2026, 12, 24)
    assert not TWO_SITES.is_working(christmas_eve)
    assert TWO_SITES.is_working(christmas_eve, "Munich")
    assert TWO_SITES.name_of(christmas_eve) == "Closed"
    assert TWO_SITES.is_working(MONDAY)
    assert not TWO_SITES.is_unusual(MONDAY)


def test_working_days_are_counted_with_the_first_and_the_last() -> None:
    germany = Calendar(places={EVERYWHERE: Place("DE")})
    assert (
        germany.working_days(date(2026, 4, 2), date(2026, 4, 7)) == 2
    )  # Good Friday to Easter Monday are free
    assert germany.working_days(date(2026, 4, 7), date(2026, 4, 2)) == 0
    assert germany.after_working_days(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert germany.after_working_days(date(2026, 4, 4), 0) == date(2026, 4, 4)
    with pytest.raises(ValueError, match="ten years"):
        germany.working_days(date(2026, 1, 1), date(2040, 1, 1))


def test_a_place_nobody_knows_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="two letters"):
        holidays_of(Place("XX"))
    with pytest.raises(ValueError, match="BY"):
        holidays_of(Place("DE", "QQ"))


def test_a_group_is_looked_at_without_those_who_are_free_and_not_at_all_if_they_are_many() -> None:
    unit_of = {f"{unit}{n}": unit for unit in ("A", "B") for n in range(25)}
    days = {person: [{"usage_hours": 6.0, "boot_s": 60.0}] for person in unit_of}
    for person in ("A0", "A1"):
        days[person] = [{"usage_hours": 6.0, "boot_s": 500.0}]
    few = groups_seen(days, unit_of, {}, free={"A0", "A1"})["boot"]
    assert few.groups["unit:A"].value == few.groups["unit:B"].value
    assert few.laptops["unit:A"] == 23
    many = groups_seen(days, unit_of, {}, free={f"A{n}" for n in range(6)})["boot"]
    assert set(many.groups) == {"company:company", "unit:B"}


def test_the_command_says_and_shows_what_holds(settings: Settings, store: Store, org: Organisation) -> None:
    def run(words: str, *more: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": settings.database_url}).invoke(
            main, ["calendar", *words.split(), *more, "--data", str(settings.data)]
        )

    with store.transaction() as session:
        save_people(session, org.org_id, read_people(b"employee_id,site\n1,Lyon\n"), date(2026, 1, 1))
    for words in ("place de", "place FR --site Lyon", "add 2026-12-24 Closed", "add 2026-05-01 Open --works"):
        assert run(words).exit_code == 0, run(words).output
    shown = run("show --year 2026").output.splitlines()
    assert shown[:2] == ["-\tDE\t-", "Lyon\tFR\t-"]
    assert "2026-12-24\t-\tfree\tClosed" in shown
    assert "2026-04-03\tLyon\tworks\t-" in shown, "Good Friday is no holiday in France"
    assert "2026-05-01\t-\tworks\tOpen" in shown
    assert run("remove 2026-12-24").exit_code == 0
    assert run("place --none --site Lyon").exit_code == 0
    with store.reading() as session:
        calendar = calendar_of(session, org.org_id)
    assert calendar.is_working(date(2026, 12, 24))
    assert calendar.places == {EVERYWHERE: Place("DE")}
    for words, says in (
        ("place XX", "not known"),
        ("place DE --part QQ", "its parts are"),
        ("place", "Give a country"),
        ("place FR --site Lyo", "there are: Lyon"),
        ("remove 2026-12-24", "Nothing was said"),
    ):
        refused = run(words)
        assert (refused.exit_code, says in refused.output) == (2, True), refused.output
