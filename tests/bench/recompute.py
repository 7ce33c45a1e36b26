"""CPU seconds of scores made anew from three years of releases of a company with 200 groups, in SQLite.

Bound: 60 s under another model, on one core. `python -m tests.bench.recompute [WEEKS]`
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic_company import LAST_WEEK, Company

from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of, week_before
from server.privacy.recompute import recompute
from server.privacy.release_chain import broken_releases
from server.privacy.release_store import save_release
from server.scoring.model_file import read_model
from server.scoring.parameters import IN_FORCE
from server.upkeep.migrate import upgrade

TEAMS = {f"T{i:03}": f"U{i // 12:02}" for i in range(100)}
OTHER = read_model(b'name = "other"\n[weights]\nboot = 0.10\ncrash = 0.11\n')


def main(weeks: int = 156) -> None:
    made = Company(TEAMS, 12).releases(4)
    with tempfile.TemporaryDirectory() as home:
        store = Store(f"sqlite:///{home}/dex.sqlite3")
        upgrade(store)
        with store.transaction() as session:
            org_id = create_organisation(session, MAIN, "Main", monday_of(LAST_WEEK)).org_id
            released = [week_before(LAST_WEEK, back) for back in range(weeks - 1, -1, -1)]
            for number, week in enumerate(released):
                save_release(session, org_id, replace(made[number % 4], week=week), monday_of(week))
        print(f"{weeks} weeks of {len(made[-1].base)} groups", flush=True)
        with store.reading() as session:
            start = time.process_time()
            assert broken_releases(session, org_id) == []
            print(f"{time.process_time() - start:8.1f} s CPU  the chain of digests", flush=True)
            for model in (IN_FORCE, OTHER):
                start = time.process_time()
                assert sum(1 for _ in recompute(session, org_id, released, model)) == weeks
                print(f"{time.process_time() - start:8.1f} s CPU  all scores under {model.name}", flush=True)
        store.close()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
