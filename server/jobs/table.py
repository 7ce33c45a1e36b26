"""The table of periodic jobs. How they are run stands in server/jobs/run.py."""

from datetime import datetime, timedelta

from server.access.store import forget_expired
from server.config import Settings
from server.db import Store
from server.devices.sign_in_job import assign_by_sign_in
from server.experiments.readings import read_experiments
from server.faults.job import look_for_faults
from server.fleet.job import count_fleets
from server.ingest.pack import pack_weeks
from server.ingest.partitions import make_weeks
from server.ingest.shuffle import shuffle_received
from server.intake.people_files import take_people_files
from server.jobs.run import Job
from server.outbox.delivery import delivery
from server.privacy.alarm_job import watch_days
from server.privacy.equipment_daily import release_equipment_due
from server.privacy.lifecycle_job import release_lifecycle_due
from server.privacy.retention import forget_passages
from server.privacy.weekly import release_due
from server.pulse.jobs import pulse_period_start, pulse_release, pulse_shuffle
from server.released_out.otlp import push_released
from server.rights.looks import forget_ends
from server.upkeep.retention import retention
from server.upkeep.watch import watch_store


def forget_sessions(store: Store, now: datetime) -> str:
    with store.transaction() as session:
        ended = forget_ends(session, now)
        return f"{forget_expired(session, now)} expired links and sessions deleted, {ended} looks ended"


JOBS: tuple[Job, ...] = (
    Job("make_weeks", timedelta(days=1), make_weeks, offset=timedelta(hours=1)),
    Job("forget_sessions", timedelta(days=1), forget_sessions, offset=timedelta(hours=2)),
    Job("pulse_period_start", timedelta(hours=1), pulse_period_start),
    Job("pulse_release", timedelta(hours=1), pulse_release),
    Job("weekly_release", timedelta(hours=1), release_due, offset=timedelta(minutes=5)),
    Job("read_experiments", timedelta(hours=1), read_experiments, offset=timedelta(minutes=25)),
    Job("push_released", timedelta(hours=1), push_released, offset=timedelta(minutes=10)),
    Job("assign_by_sign_in", timedelta(hours=1), assign_by_sign_in, offset=timedelta(minutes=12)),
    Job("count_fleets", timedelta(hours=1), count_fleets, offset=timedelta(minutes=15)),
    Job("look_for_faults", timedelta(hours=1), look_for_faults, offset=timedelta(minutes=40)),
    Job("forget_passages", timedelta(days=1), forget_passages, offset=timedelta(hours=2, minutes=30)),
    Job("pulse_shuffle", timedelta(days=1), pulse_shuffle, offset=timedelta(hours=3)),
    Job("shuffle_received", timedelta(days=1), shuffle_received, offset=timedelta(hours=3, minutes=30)),
    Job("watch_days", timedelta(hours=1), watch_days, offset=timedelta(minutes=25)),
    Job("release_equipment", timedelta(hours=1), release_equipment_due, offset=timedelta(minutes=35)),
    Job("release_lifecycle", timedelta(hours=1), release_lifecycle_due, offset=timedelta(minutes=45)),
    Job("take_people_files", timedelta(minutes=10), take_people_files, offset=timedelta(minutes=3)),
    Job("pack_weeks", timedelta(days=1), pack_weeks, offset=timedelta(hours=3, minutes=45)),
    Job("watch_store", timedelta(hours=1), watch_store, offset=timedelta(minutes=20)),
    Job("retention", timedelta(days=1), retention, offset=timedelta(hours=4)),
)
"""Every periodic job that needs nothing but the store."""

DELIVERY = "deliver_messages"


def jobs_of(settings: Settings) -> tuple[Job, ...]:
    """All periodic jobs of an installation with these settings."""
    return (*JOBS, Job(DELIVERY, timedelta(minutes=1), delivery(settings)))
