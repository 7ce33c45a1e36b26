"""What a picture says: which group has more than the others, since when, and what began on that day."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from server.privacy.equipment_picture import Picture, SignalPicture, picture
from server.privacy.equipment_release import AppDay, EquipmentDay, LaptopDay, make_equipment_day

FIRST = date(2026, 1, 5)
NOWHERE = dict.fromkeys(("model", "system", "site", "connection"), None)


def days(count: int) -> Iterator[tuple[int, date]]:
    """Working days only, with the number of the calendar day."""
    for i in range(count):
        day = FIRST + timedelta(days=i)
        if day.weekday() < 5:
            yield i, day


def updated_on(change: int, count: int, crashes: int) -> list[EquipmentDay]:
    """A mail program on 40 laptops: a quarter is updated on a day, and crashes more from then on."""
    made = []
    for i, day in days(count):
        laptops = []
        for number in range(40):
            new = i >= change and number % 4 == 0
            fell = float((number + i) % 20 == 0) + (crashes if new and number % 8 == 0 else 0)
            app = AppDay("2.0" if new else "1.0", 4.0, fell, 0.0)
            belongs = NOWHERE | {"system": "12" if i < change else "13"}
            laptops.append(LaptopDay(belongs, {"usage_hours": 6.0}, {"mail": app}))
        made.append(make_equipment_day(day, laptops, 5, {}))
    return made


def of(found: Picture, signal: str, app: str = "") -> SignalPicture:
    [one] = (one for one in found.signals if (one.signal, one.app) == (signal, app))
    return one


def test_the_bad_version_stands_out_and_the_day_it_came_is_named():
    found = of(picture(updated_on(28, 60, 2)), "crash", "mail")
    bad, good = found.dimensions["version"]
    assert (bad.name, bad.found.stands_out, bad.found.against.ratio > 2) == ("2.0", True, True)
    assert good.found.against.ratio == pytest.approx(1 / bad.found.against.ratio)
    assert found.since is not None
    assert found.since.earliest <= FIRST + timedelta(days=28) <= found.since.latest
    assert found.since.after > 2 * found.since.before
    assert found.since.began_with == ("mail 2.0",), "of another program's or system's update is nothing said"


def test_a_steady_rate_has_no_day_and_nothing_stands_out():
    found = of(picture(updated_on(28, 60, 0)), "crash", "mail")
    assert found.since is None
    assert not any(group.found.stands_out for group in found.dimensions["version"])


def test_a_picture_is_of_14_days_and_a_version_that_is_gone_is_not_in_it():
    made = updated_on(28, 60, 2)
    before = [day for day in made if day.day < FIRST + timedelta(days=28)]
    early = of(picture(before), "crash", "mail")
    assert [group.name for group in early.dimensions["version"]] == ["1.0"]
    assert early.dimensions["version"][0].found.against is None
    assert len(early.weeks) == 4
    assert all(rate is not None for rate in early.weeks)


def test_what_is_gone_is_still_in_the_weeks():
    """A bad update that was mended is seen in the trend, when no picture has it any more."""
    made = updated_on(14, 21, 2)
    for i, day in days(45):
        if i > 20:
            app = AppDay("2.1", 4.0, 0.0, 0.0)
            laptops = [LaptopDay(NOWHERE, {"usage_hours": 6.0}, {"mail": app})] * 40
            made.append(make_equipment_day(day, laptops, 5, {}))
    found = of(picture(made), "crash", "mail")
    assert [group.name for group in found.dimensions["version"]] == ["2.1"]
    assert [group.name for group in found.past] == ["1.0", "2.0"]
    weeks = found.past[1].weeks
    assert (weeks[0], weeks[-1]) == (None, None)
    assert max(rate or 0 for rate in weeks) > 0.2


def slow_starts(slow_laptops: int) -> list[EquipmentDay]:
    """Two models of 20 laptops; of one, so many start slowly on every single day."""
    made = []
    for _, day in days(14):
        laptops = [
            LaptopDay(
                NOWHERE | {"model": model, "system": "12"},
                {"usage_hours": 6.0, "boot_s": 200.0 if model == "old" and n < slow_laptops else 40.0},
            )
            for model in ("old", "new")
            for n in range(20)
        ]
        made.append(make_equipment_day(day, laptops, 5, {}))
    return made


@pytest.mark.parametrize(("slow", "stands_out"), [(2, False), (15, True)])
def test_two_laptops_that_are_slow_every_day_do_not_make_a_model_slow(slow, stands_out):
    """Twenty slow days of two laptops are no twenty findings: of shares of days each laptop counts once."""
    found = of(picture(slow_starts(slow)), "boot")
    old = next(group for group in found.dimensions["model"] if group.name == "old")
    assert old.found.stands_out is stands_out
    assert old.found.rate == pytest.approx(slow / 20, abs=0.15)


def test_where_nothing_was_in_use_there_is_no_picture():
    empty = [make_equipment_day(day, [], 5, {}) for _, day in days(14)]
    assert picture(empty).signals == ()
