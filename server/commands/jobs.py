"""`dex-server jobs`: how the periodic jobs fare, and running one before its time."""

import sys
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa

from server.clock import utc_now
from server.commands.context import data_option, opened_store, plain_errors
from server.config import Settings
from server.db import Store
from server.errors import UsageError
from server.jobs.models import FAILED, JobState
from server.jobs.run import run_now
from server.jobs.table import jobs_of
from server.logs import configure_logs


@click.group("jobs")
def jobs_group() -> None:
    """The periodic jobs."""


@jobs_group.command("list")
@data_option
@plain_errors
def list_jobs(data: Path) -> None:
    """Print each job: when it is due (UTC), when it ran last, and with which result."""
    with opened_store(data) as store:
        states = _states(store)
    now = utc_now()
    for job in jobs_of(Settings.load(data)):
        state = states.get(job.name)
        due, ran, said = "at once", "never", ""
        if state is not None:
            due = _due(state, now)
            ran = _minute(state.ran) if state.ran else "never"
            said = state.last_result
            if state.failed_runs > 1:
                said += f" ({state.failed_runs} times in a row)"
        click.echo(f"{job.name:<19} {due:<16}  {ran:<16}  {said}".rstrip())


def _due(state: JobState, now: datetime) -> str:
    if state.lease_until is not None and state.lease_until > now:
        return "running" if state.holder else "held back"
    return "at once" if state.due <= now else _minute(state.due)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _states(store: Store) -> dict[str, JobState]:
    with store.reading() as session:
        return {state.name: state for state in session.scalars(sa.select(JobState))}


@jobs_group.command("run")
@click.argument("name")
@data_option
@plain_errors
def run_job(name: str, data: Path) -> None:
    """Run the job NAME now, and print its result. Exit code 1 if it failed."""
    known = {job.name: job for job in jobs_of(Settings.load(data))}
    if name not in known:
        raise UsageError(f"There is no job “{name}”; there are {', '.join(known)}.")
    configure_logs()
    with opened_store(data) as store:
        result = run_now(store, known[name], utc_now)
    if result is None:
        raise UsageError(f"A worker is on {name} now; dex-server jobs list says when it is done.")
    click.echo(result)
    if result.startswith(FAILED):
        sys.exit(1)
