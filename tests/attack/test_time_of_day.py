"""Who holds the whole store of a month cannot tell days of morning work from days of afternoon work.

The matcher (`time_matcher.py`) tries every number there is. What it finds by chance it does not find again in
another month; what leaks it does.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from attack import time_matcher
from attack.month_of_halves import Month, Plan
from conftest import SettableClock
from flask import Flask

from agent.sending import revisions
from server.db import Store
from server.people.models import Organisation

UNLIKELY = 0.002
Begin = Callable[[Plan], Month]

SHORT = Plan(people=6, zone="America/Los_Angeles", halves=(8.0, 16.0), minutes=32)
"""Half an hour of work stands for four hours. In the afternoon the collector's next day has begun."""


@pytest.fixture
def begin(
    tmp_path: Path,
    app: Flask,
    store: Store,
    org: Organisation,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Begin]:
    months: list[Month] = []

    def new_month(plan: Plan) -> Month:
        monkeypatch.setattr(revisions, "BLOCK", plan.minutes * 45.0)  # three of four hours
        folder = tmp_path / f"laptops{len(months)}"
        months.append(
            Month(plan, folder, app, store, org, lambda now: setattr(clock, "now", now), monkeypatch)
        )
        return months[-1]

    yield new_month
    for month in months:
        month.close()


def found_in(month: Month, store: Store, since: date | None = None) -> time_matcher.Found:
    """What the matcher finds about days without events, from a day on."""
    loud = time_matcher.days_with_events(store)
    first = since.isoformat() if since else ""
    answers = {key: half for key, half in month.halves.items() if key not in loud and key[1] >= first}
    return time_matcher.try_to_tell(time_matcher.numbers_in(store), answers)


def stays_hidden(month: Month, store: Store, days: int) -> None:
    """Chance alone does so well once in a thousand months, so a suspicion gets a second month."""
    month.live(days)
    found = found_in(month, store)
    if found.chance < UNLIKELY:
        first = month.day
        month.live(days)
        again = found_in(month, store, since=first)
        assert again.chance >= UNLIKELY, (found, again)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_half_of_a_day_cannot_be_told_by_its_rows_but_could_if_they_stayed_as_they_came(
    begin: Begin, store: Store
) -> None:
    month = begin(SHORT)
    stays_hidden(month, store, days=15)
    first = month.day
    month.live(14, jobs=False)
    found = found_in(month, store, since=first)
    assert found.chance < UNLIKELY
    assert " place, by day" in found.telling[0]


@pytest.mark.soak
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"])
def test_no_time_zone_shows_a_month_of_mornings_and_afternoons(zone: str, begin: Begin, store: Store) -> None:
    stays_hidden(begin(Plan(people=8, zone=zone, halves=(8.0, 13.0), minutes=240)), store, days=30)
