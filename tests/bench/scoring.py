"""CPU seconds of one weekly release of 5,000 persons, and of the scores of a window.

Aims: a release within 120 s, a window within 1 s, on one core. `python -m tests.bench.scoring [PERSONS]`
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic_company import LAST_WEEK, Company

from server.people.weeks import week_before
from server.privacy.release import make_release
from server.privacy.windows import score_window

TEAM_SIZE, TEAMS_IN_UNIT = 12, 12
Result = TypeVar("Result")


def cpu(what: str, work: Callable[[], Result]) -> Result:
    start = time.process_time()
    result = work()
    print(f"{time.process_time() - start:8.2f} s CPU  {what}", flush=True)
    return result


def main(persons: int = 5000) -> None:
    teams = {f"T{i:03}": f"U{i // TEAMS_IN_UNIT:02}" for i in range(persons // TEAM_SIZE)}
    company = Company(teams, TEAM_SIZE)
    releases = []
    for back in (3, 2, 1, 0):
        week = week_before(LAST_WEEK, back)
        rows = cpu(f"{len(company.places)} person-weeks of five days", lambda week=week: company.rows(week))
        releases.append(
            cpu(f"release {week}", lambda week=week, rows=rows: make_release(week, rows, company.teams))
        )
    print(
        f"{len(releases[-1].canonical()) / 1e6:8.2f} MB canonical, {len(releases[-1].base)} groups published"
    )
    window = cpu("window score", lambda: score_window(releases))
    print(f"{len(window.blocks):8} blocks")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
