"""Who can be asked in a period, and by which laptop: reads days of use, and nothing of them leaves here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import ACTIVE, Device, DevicePerson
from server.ingest.models import device_day
from server.people.groups import JOIN, Placed
from server.people.models import Organisation
from server.people.queries import directory
from server.people.reporting import groups_of_week
from server.people.stages import Member, members_of_week
from server.people.weeks import week_of
from server.pulse.labels import Candidate
from server.pulse.periods import Period
from server.rights.restricted import restricted_people

WEEKS_BACK = 4
ACTIVE_WEEKS = 2
"""A person can be asked whose laptops were in use in so many of the four weeks before the period."""
ACTIVE_DAY_S = 1800.0
"""A day counts as use from half an hour on, so that a laptop that was only switched on does not."""


@dataclass
class _Use:
    weeks: set[str] = field(default_factory=set)
    seconds: dict[UUID, float] = field(default_factory=lambda: defaultdict(float))


def asking_devices(session: Session, org_id: UUID, first_day: date) -> dict[UUID, UUID]:
    """Per person who can be asked the one laptop that asks: the one used most in the four weeks before."""
    use: dict[UUID, _Use] = defaultdict(_Use)
    since = first_day - timedelta(weeks=WEEKS_BACK)
    restricted = restricted_people(session, org_id)
    for row in session.execute(_days_of_use(org_id, since, first_day)):
        if row.person_id in restricted:
            continue
        use[row.person_id].weeks.add(week_of(row.day))
        use[row.person_id].seconds[row.device_id] += row.usage_s
    return {
        person: max(found.seconds, key=lambda device: (found.seconds[device], device.int))
        for person, found in use.items()
        if len(found.weeks) >= ACTIVE_WEEKS
    }


def _days_of_use(org_id: UUID, since: date, first_day: date) -> sa.Select[tuple[UUID, UUID, date, float]]:
    """Days in use of the laptops that people have on the first day, from when they have them."""
    owner = DevicePerson
    return (
        sa.select(owner.person_id, owner.device_id, device_day.c.day, device_day.c.usage_s)
        .join(Device, (Device.org_id == owner.org_id) & (Device.device_id == owner.device_id))
        .join(
            device_day,
            (device_day.c.org_id == owner.org_id) & (device_day.c.device_id == owner.device_id),
        )
        .where(owner.org_id == org_id, Device.org_id == org_id, device_day.c.org_id == org_id)
        .where(Device.state == ACTIVE, owner.since <= first_day)
        .where(sa.or_(owner.until.is_(None), owner.until >= first_day))
        .where(device_day.c.day >= since, device_day.c.day < first_day, device_day.c.day >= owner.since)
        .where(device_day.c.usage_s >= ACTIVE_DAY_S)
    )


def candidates(
    session: Session, org: Organisation, period: Period, devices: Mapping[UUID, UUID]
) -> list[Candidate]:
    """Every member on the period's first Monday, with reporting group and stage.

    Fixes the quarter's reporting groups if nobody did so yet.
    """
    people = directory(session, org.org_id).people
    teams = groups_of_week(session, org, people, period.week)
    units = {unit: placed.unit for placed in teams.values() for unit in placed.unit.split(JOIN)}
    able = {str(person) for person in devices}

    def placed(member: Member) -> Placed:
        if member.team is None:
            return Placed(units.get(member.unit or "", ""), "")
        return teams[member.team]

    return [
        Candidate(member.id, *placed(member), stage=member.stage, eligible=member.id in able)
        for member in members_of_week(people, period.week)
    ]
