"""Who works at the demo company, where, since when and until when. Pure, and the same for the same seed.

Seats are filled without a gap: who leaves is followed by somebody new. Nobody here has a name, only a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

HARBOUR, HILLSIDE = "Harbour", "Hillside"
YEARLY_TURNOVER = 0.40
MOVES_PER_SEAT_AND_YEAR = 0.50
NOTICE_DAYS = 42
FULL, PART, ONE_DAY = "full", "part", "one day"


class Team(NamedTuple):
    """A team and its share of the company's seats."""

    unit: str
    name: str
    seats: int
    site: str


TEAMS = (
    Team("Customer Care", "Helpdesk", 30, HILLSIDE),
    Team("Customer Care", "Field Service", 26, HILLSIDE),
    Team("Customer Care", "Claims", 22, HILLSIDE),
    Team("Sales", "Key Accounts", 24, HARBOUR),
    Team("Sales", "Retail", 30, HARBOUR),
    Team("Sales", "Partners", 18, HARBOUR),
    Team("Product", "Design", 16, HARBOUR),
    Team("Product", "Platform", 30, HARBOUR),
    Team("Product", "Apps", 28, HARBOUR),
    Team("Office", "Finance", 40, HARBOUR),
    Team("Office", "People", 30, HARBOUR),
    Team("Office", "Legal", 6, HARBOUR),  # too small to stand alone, so that groups are seen to be joined
)
SEATS = sum(team.seats for team in TEAMS)


class Model(NamedTuple):
    """A laptop model; `age` in years decides how it does."""

    maker: str
    name: str
    age: int
    share: float


MODELS = (
    Model("Aero", "Aero 14 G4", 1, 0.45),
    Model("Aero", "Aero 14 G2", 3, 0.35),
    Model("Terra", "Terra 15 G1", 6, 0.20),
)
AGEING = MODELS[-1].name


@dataclass(frozen=True)
class Move:
    """From this day in another team."""

    day: date
    team: Team


@dataclass(frozen=True)
class Employee:
    """One person with one laptop; `first` is the first day with it, `last` the last day at work or None."""

    number: int
    team: Team
    hire: date
    first: date
    last: date | None
    notice: date | None
    moves: tuple[Move, ...]
    away: tuple[tuple[date, date], ...]
    pattern: str
    model: Model
    luck: float
    """How good this person's laptop is beside others of its model; around 1, lower is better."""

    @property
    def employee_id(self) -> str:
        return f"demo-{self.number:04d}"

    def team_on(self, day: date) -> Team:
        return next((move.team for move in reversed(self.moves) if move.day <= day), self.team)

    def employed(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def is_away(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.away)


@dataclass(frozen=True)
class Outline:
    """All that a company follows from. A smaller one has the same teams with fewer seats in each."""

    seed: int
    first: date
    last: date
    seats: int = SEATS
    turnover: float = YEARLY_TURNOVER


@dataclass(frozen=True)
class Company:
    """Employees in the order of their numbers, which begin with 1."""

    seed: int
    first: date
    last: date
    employees: tuple[Employee, ...]


def make_company(outline: Outline) -> Company:
    """The company between the two days of its outline."""
    random = Random(f"company {outline.seed}")
    found: list[Employee] = []
    for team in TEAMS:
        for _ in range(max(2, round(team.seats * outline.seats / SEATS))):
            found += _seat(random, team, outline, len(found) + 1)
    return Company(outline.seed, outline.first, outline.last, tuple(found))


def install_id(seed: int, employee: Employee) -> UUID:
    """The laptop's install id: a function of seed and person, like everything here."""
    return uuid5(NAMESPACE_URL, f"employee-dex:demo:{seed}:{employee.employee_id}")


def _seat(random: Random, team: Team, outline: Outline, number: int) -> Iterator[Employee]:
    """Everybody who sits on a seat between the two days, one after the other."""
    first, last = outline.first, outline.last
    begin, hire = first, first - timedelta(days=int(random.expovariate(1 / 1100)) + 1)
    while begin <= last:
        stay = max(21, int(random.expovariate(outline.turnover / 365)))
        end = begin + timedelta(days=stay)
        leaves = end <= last + timedelta(days=NOTICE_DAYS)
        notice = max(hire, end - timedelta(days=NOTICE_DAYS)) if leaves else None
        yield _employee(random, number, team, hire, begin, end if leaves else None, notice, last)
        number += 1
        begin = hire = end + timedelta(days=random.randint(1, 10))


def _employee(
    random: Random,
    number: int,
    team: Team,
    hire: date,
    first: date,
    leaving: date | None,
    notice: date | None,
    last: date,
) -> Employee:
    until = leaving or last
    [model] = random.choices(MODELS, [model.share for model in MODELS])
    [pattern] = random.choices((FULL, PART, ONE_DAY), (0.82, 0.15, 0.03))
    return Employee(
        number=number,
        team=team,
        hire=hire,
        first=first,
        last=leaving,
        notice=notice if notice is not None and notice <= last else None,
        moves=_moves(random, team, first, until),
        away=_holidays(random, first, until),
        pattern=pattern,
        model=model,
        luck=random.lognormvariate(0, 0.25),
    )


def _moves(random: Random, team: Team, first: date, until: date) -> tuple[Move, ...]:
    """At most one change of team, within the unit, so that sites stay what they are."""
    day = first + timedelta(days=int(random.expovariate(MOVES_PER_SEAT_AND_YEAR / 365)) + 14)
    others = [other for other in TEAMS if other.unit == team.unit and other is not team]
    target = random.choice(others)
    return (Move(day, target),) if day < until - timedelta(days=14) else ()


def _holidays(random: Random, first: date, until: date) -> tuple[tuple[date, date], ...]:
    """A week or two off every few months, Monday to Sunday."""
    found = []
    monday = first - timedelta(days=first.weekday())
    while monday <= until:
        monday += timedelta(weeks=random.randint(6, 20))
        end = monday + timedelta(days=6 + 7 * random.randint(0, 1))
        if first <= monday and end <= until:
            found.append((monday, end))
    return tuple(found)
