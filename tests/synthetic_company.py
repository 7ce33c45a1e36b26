"""Rows of a made-up company, as a release reads them: for tests of releases and windows, and their bench."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from server.people.weeks import week_before
from server.privacy.people_of_week import PersonInWeek
from server.privacy.plan import Place
from server.privacy.records import Release
from server.privacy.release import make_release
from server.scoring.parameters import IN_FORCE, Model
from server.scoring.person_week import person_week

STAGES = ("steady",) * 7 + ("onboarding", "training", "role_change", "offboarding")
LAST_WEEK = "2026-W13"
FIVE_TEAMS = {"Web": "Product", "Data": "Product", "North": "Sales", "South": "Sales", "Desk": "Support"}


@dataclass
class Company:
    """`teams`: team -> unit. `slow`: teams whose laptops boot slowly. `size`: people per team."""

    teams: Mapping[str, str]
    size: int
    seed: int = 1
    slow: Sequence[str] = ()
    without: Sequence[str] = ()
    model: Model = IN_FORCE
    places: list[Place] = field(init=False)

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        self.places = [
            Place(unit, team, rng.choice(STAGES))
            for team, unit in self.teams.items()
            for _ in range(self.size)
        ]

    def rows(self, week: str) -> list[PersonInWeek]:
        """Everybody in a week, one device-day for each of five days."""
        rng = random.Random(f"{self.seed} {week}")
        return [self._row(place, rng) for place in self.places]

    def _row(self, place: Place, rng: random.Random) -> PersonInWeek:
        week = person_week([self._day(place, rng) for _ in range(5)], self.model)
        outcome = "counted" if week.has_enough_signals(self.model) else "too_few_signals"
        return PersonInWeek(place, True, outcome if week.active else "too_little_use", week)

    def _day(self, place: Place, rng: random.Random) -> dict[str, float | None]:
        use = max(0.0, rng.gauss(6, 2))
        day: dict[str, float | None] = {
            "usage_hours": use,
            "on_hours": use + 1,
            "app_hours": use,
            "boot_s": rng.uniform(25, 60) * (4 if place.team in self.slow else 1),
            "signin_s": rng.uniform(8, 40),
            "app_crashes": float(rng.random() < 0.03),
            "app_hangs": float(rng.random() < 0.06),
            "os_crashes": float(rng.random() < 0.005),
            "cpu_busy_share": rng.uniform(0, 0.2),
            "mem_pressure_share": rng.uniform(0, 0.2),
            "disk_busy_share": rng.uniform(0, 0.1),
            "net_latency_ms": rng.uniform(20, 120),
            "net_loss_pct": rng.uniform(0, 1.5),
            "battery_health_pct": rng.uniform(60, 100),
            "disk_free_pct": rng.uniform(8, 60),
            "patch_age_days": float(rng.randint(0, 20)),
            "boot_wait_s": 10.0,
            "signin_wait_s": 5.0,
            "hang_s": 2.0,
            "pressure_minutes": rng.uniform(0, 30),
            "offline_minutes": rng.uniform(0, 3),
        }
        return day | dict.fromkeys(self.without)

    def releases(self, weeks: int = 4, last: str = LAST_WEEK) -> list[Release]:
        """The releases of so many weeks, oldest first."""
        return list(self._releases(weeks, last))

    def _releases(self, weeks: int, last: str) -> Iterator[Release]:
        classes: Mapping[str, int] = {}
        for back in range(weeks - 1, -1, -1):
            week = week_before(last, back)
            release = make_release(
                week, self.rows(week), self.teams, known_classes=classes, model=self.model.name
            )
            classes = release.hours_class
            yield release
