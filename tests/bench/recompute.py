"""Scores made anew from three years of releases of 200 groups, in SQLite, after the weights changed.

python -m tests.bench.recompute [WEEKS]
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from synthetic_company import LAST_WEEK, Company  # noqa: E402

from server.db import Store  # noqa: E402
from server.people.organisations import MAIN, create_organisation  # noqa: E402
from server.people.weeks import monday_of, week_before  # noqa: E402
from server.privacy.recompute import recompute  # noqa: E402
from server.privacy.release_chain import broken_releases  # noqa: E402
from server.privacy.release_store import save_release  # noqa: E402
from server.scoring.model_file import read_model  # noqa: E402
from server.upkeep.migrate import upgrade  # noqa: E402
from tests.bench.costs import cost_of  # noqa: E402

WEEKS = 156
TEAMS = {f"T{i:03}": f"U{i // 12:02}" for i in range(100)}
OTHER = read_model(b'name = "other"\n[weights]\nboot = 0.10\ncrash = 0.11\n')


def main(weeks: int = WEEKS) -> None:
    made = Company(TEAMS, 12).releases(4)
    with tempfile.TemporaryDirectory() as home:
        store = Store(f"sqlite:///{home}/dex.sqlite3")
        upgrade(store)
        released = [week_before(LAST_WEEK, back) for back in range(weeks - 1, -1, -1)]
        with store.transaction() as session:
            org_id = create_organisation(session, MAIN, "Main", monday_of(LAST_WEEK)).org_id
            for number, week in enumerate(released):
                save_release(session, org_id, replace(made[number % 4], week=week), monday_of(week))
        with store.reading() as session:
            chain = cost_of(lambda: broken_releases(session, org_id))
            assert chain.result == []
            print(chain.line(f"chain of digests of {weeks} weeks, {len(made[-1].base)} groups"), flush=True)
            for part in (weeks // 4, weeks // 2, weeks):
                some = released[-part:]
                scored = cost_of(lambda some=some: sum(1 for _ in recompute(session, org_id, some, OTHER)))
                assert scored.result == part
                told = "at most 60, aim 10" if part == WEEKS else ""
                print(scored.line(f"all scores of {part} weeks under other weights", told), flush=True)
        store.close()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
