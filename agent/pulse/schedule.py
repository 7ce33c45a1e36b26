"""When this laptop asks, and what. Drawn here, so that the week of an answer tells nobody who gave it. Pure.

The questions follow from the number of the period and not from anything a server could choose for one
person alone.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from agent.signals import PULSE_CORE, PULSE_ROTATION, PULSE_SECOND

CORE_ITEM = "tech_sat"
COMMENT_ITEM = "open_one"
WEEKS = 4
WEEKS_BETWEEN = 2
"""The second question comes so many weeks after the first, or before it."""
NOTICED = "noticed"
NOTICED_SHARE = 0.1
"""Where both are due, one laptop in ten asks whether improvements were noticed."""

DAYS_BETWEEN = 10
MOST = ((28, 3), (365, 26))
"""Limits of what a person is asked: (days, prompts at most in them)."""


@dataclass(frozen=True, slots=True)
class Draw:
    """The weeks of a period (0..3) in which this laptop asks, and its second question."""

    core_week: int
    second_item: str

    @property
    def second_week(self) -> int:
        return (self.core_week + WEEKS_BETWEEN) % WEEKS


@dataclass(frozen=True, slots=True)
class Running:
    """A period on this laptop: its first and last day, and what was drawn."""

    period: str
    first_day: date
    last_day: date
    draw: Draw

    def week_begins(self, slot: str) -> date:
        week = self.draw.core_week if slot == PULSE_CORE else self.draw.second_week
        return self.first_day + timedelta(weeks=week)

    def item(self, slot: str) -> str:
        return CORE_ITEM if slot == PULSE_CORE else self.draw.second_item


def draw(period: str, chance: random.Random) -> Draw:
    """What this laptop does in a period, such as `2026-P03`."""
    items = PULSE_ROTATION[int(period[-2:])]
    if NOTICED in items:
        others = [item for item in items if item != NOTICED]
        item = NOTICED if chance.random() < NOTICED_SHARE else chance.choice(others)
    else:
        item = chance.choice(items)
    return Draw(chance.randrange(WEEKS), item)


def asks_on(running: Running, open_slots: Collection[str], asked_on: Iterable[date]) -> dict[str, date]:
    """The first day on which each open slot may be asked; one that must wait beyond the period is left out.

    `asked_on` are the days of earlier prompts. The second question goes before the first where both are due.
    """
    prompts = sorted(asked_on)
    days = {}
    order = sorted(open_slots, key=lambda slot: (running.week_begins(slot), slot != PULSE_SECOND))
    for slot in order:
        day = _first_allowed(running.week_begins(slot), prompts)
        if day <= running.last_day:
            days[slot] = day
            prompts = sorted([*prompts, day])
    return days


def _first_allowed(day: date, prompts: list[date]) -> date:
    """The first day from this one on that keeps all limits."""
    while not _allowed(day, prompts):
        day += timedelta(days=1)
    return day


def _allowed(day: date, prompts: list[date]) -> bool:
    if any((day - prompt).days < DAYS_BETWEEN for prompt in prompts):
        return False
    return all(sum((day - prompt).days < days for prompt in prompts) < most for days, most in MOST)
