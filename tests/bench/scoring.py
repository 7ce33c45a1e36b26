"""What making and scoring releases costs, each row with bound and aim. `python -m tests.bench.scoring`

Processor seconds hold the database server's; MiB are the greatest resident set, and how much it grew. Sizes
double, so that growth can be seen.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from synthetic_company import Company  # noqa: E402

from server.privacy.plan import plan_of  # noqa: E402
from server.privacy.windows import score_window  # noqa: E402
from tests.bench.costs import cost_of  # noqa: E402
from tests.bench.measured import machine  # noqa: E402

TEAM_SIZE, TEAMS_IN_UNIT = 12, 12
TIMES = (1, 2, 4)
TEAMS_OF_200_GROUPS = 100
PERSONS = 3_000
THROUGH_THE_STORE = ("weekly_release", "recompute")
"""Benches of their own, in processes of their own, so that the memory is theirs."""


def main() -> None:
    print(machine(), flush=True)
    for times in TIMES:
        releases = _company(times * TEAMS_OF_200_GROUPS).releases(4)
        window = cost_of(lambda releases=releases: score_window(releases))
        groups = len(releases[-1].base)
        told = "at most 1, aim 0.05" if times == 1 else ""
        print(window.line(f"scores of a window, {groups} groups published", told), flush=True)
    for times in TIMES:
        crowd = Counter(_company(times * PERSONS // TEAM_SIZE).places)
        plan = cost_of(lambda crowd=crowd: plan_of(crowd))
        told = "at most 0.5, aim 0.1" if times == 1 else ""
        print(plan.line(f"release plan of one signal, {times * PERSONS:,} persons", told), flush=True)
    for bench in THROUGH_THE_STORE:
        subprocess.run([sys.executable, "-m", f"tests.bench.{bench}"], check=True)
    print(machine())


def _company(teams: int) -> Company:
    return Company({f"T{i:04}": f"U{i // TEAMS_IN_UNIT:03}" for i in range(teams)}, TEAM_SIZE)


if __name__ == "__main__":
    main()
