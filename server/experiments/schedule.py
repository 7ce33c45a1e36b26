"""The states and the weeks of an experiment."""

from server.people.weeks import monday_of, week_before

PLANNED, RUNNING, ENDED = "planned", "running", "ended"
LAPTOPS, TEAMS = "laptops", "teams"
"""Designs: half of all people by lot, or team after team."""
MOST_WEEKS = 20
"""With the four weeks before, 24: person-weeks are kept for 26."""


def weeks_from(first: str, last: str) -> list[str]:
    """The weeks from one to another, both included."""
    weeks = [first]
    while monday_of(weeks[-1]) < monday_of(last):
        weeks.append(week_before(weeks[-1], -1))
    return weeks


def last_week(first: str, weeks: int) -> str:
    """The last of so many weeks."""
    return week_before(first, 1 - weeks)
