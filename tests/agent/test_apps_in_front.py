"""What a day's summary says of programs in front."""

from agent.agreed.applications import Applications
from agent.sending.batches import fit
from agent.sending.day_summary import summarise
from agent.signals import SUMMARY
from agent.store.app_time import AppTime
from agent.store.minutes import Minute
from agent.store.observations import DayFacts, KeptHappening

LISTED = Applications(["firefox", "Xorg"])
SEEN: dict[str, str] = {}
UNSEEN = {"apps": "absent"}


def day(seen: int, unseen: int = 0, idle_unseen: int = 0, **facts: object) -> dict[str, object]:
    """A summary of so many minutes with and without a companion."""
    kinds = [(60.0, SEEN)] * seen + [(60.0, UNSEEN)] * unseen + [(0.0, UNSEEN)] * idle_unseen
    rows = [Minute(n, on_s=60.0, active_s=s, missing=missing) for n, (s, missing) in enumerate(kinds)]
    return summarise(DayFacts(minutes=tuple(rows), **facts), LISTED)  # type: ignore[arg-type]


def test_hours_in_front_are_those_of_the_day_and_belong_to_listed_names_or_to_other() -> None:
    found = day(
        seen=120,
        app_times=(AppTime("firefox", "128.0", 3600.0), AppTime("other", "", 1800.0)),
        happenings=(KeptHappening("e1", "2026-03-04", 9, 1000.0, "crash", "firefox", "128.0", None, {}),),
    )
    assert (found["usage_s"], found["app_s"], found["app_source"]) == (7200, 5400, "foreground")
    assert found["apps"] == [
        {"name": "firefox", "version": "128.0", "hours": 1.0, "crashes": 1, "hangs": 0},
        {"name": "other", "version": "", "hours": 0.5, "crashes": 0, "hangs": 0},
    ]
    assert found["coverage"]["apps"] == "ok"  # type: ignore[index]
    assert "apps" not in found["gap_min"]  # type: ignore[operator]


def test_use_stands_for_time_in_front_where_no_companion_spoke() -> None:
    """Else crashes of those minutes would be counted against hours that are too few."""
    found = day(seen=90, unseen=30, app_times=(AppTime("firefox", "", 4800.0),))
    assert (found["app_s"], found["app_source"]) == (4800 + 1800, "foreground")
    assert found["coverage"]["apps"] == "gap"  # type: ignore[index]
    assert found["gap_min"]["apps"] == 30  # type: ignore[index]


def test_a_day_that_was_mostly_not_seen_says_no_hours_of_applications() -> None:
    found = day(seen=30, unseen=90, app_times=(AppTime("firefox", "", 1500.0),))
    assert (found["app_s"], found["app_source"]) == (7200, "usage")
    assert found["apps"] == []
    assert day(seen=0, unseen=60)["coverage"]["apps"] == "absent"  # type: ignore[index]


def test_the_time_before_a_sign_in_is_no_gap() -> None:
    found = day(seen=60, idle_unseen=300, app_times=(AppTime("firefox", "", 3000.0),))
    assert found["coverage"]["apps"] == "ok"  # type: ignore[index]
    assert (found["app_s"], found["app_source"]) == (3000, "foreground")


def test_many_sessions_have_more_time_in_front_than_a_day_has() -> None:
    """And it may be sent: crashes come from all of them, too."""
    found = day(seen=600, app_times=(AppTime("Xorg", "", 30 * 8 * 3600.0),))
    lost: list[str] = []
    assert fit(found, SUMMARY, lost.append)["app_s"] == 30 * 8 * 3600
    assert lost == []
