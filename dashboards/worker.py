"""The process that runs periodic jobs. Several may run beside each other; each job has one of them on it."""

import sys
from pathlib import Path

from dashboards.waiting import ENDING, Signals
from server.clock import utc_now
from server.commands.plain import plain_errors
from server.config import Settings
from server.db import Store
from server.jobs.run import work
from server.jobs.table import jobs_of
from server.logs import configure_logs


def run_worker(data: Path) -> None:
    """Run due jobs until a signal comes; the job that runs then is finished first."""
    configure_logs()
    settings = Settings.load(data)
    jobs = jobs_of(settings)
    store = Store(settings.database_url)
    with Signals(*ENDING) as signals:
        work(store, jobs, utc_now, pause=lambda seconds: signals.wait(seconds) is not None)
    store.close()


if __name__ == "__main__":  # started so by the supervisor: data directory
    plain_errors(run_worker)(Path(sys.argv[1]))
