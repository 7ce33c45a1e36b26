"""Rows of laptops of one day, read for the equipment view's release and for nothing else (docs/privacy.md).

What a laptop is made of, whose it is and where that person works are joined here, in memory: no table holds a
laptop, its place and a day together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.model_names import model_name
from server.devices.models import DeviceFact, DevicePerson
from server.ingest.derive import readable, scoring_fields
from server.ingest.models import OTHER, app_day, device_day
from server.people.models import PersonRow
from server.privacy.equipment_release import AppDay, LaptopDay
from server.rights.restricted import restricted_laptops
from server.scoring.equipment_limits import CONNECTION, MODEL, SITE, SYSTEM

LOOK_BACK = timedelta(days=14)
"""So far is looked for the version that a laptop had before the day on which it has two."""
LAPTOPS_AT_ONCE = 500

_READ = [
    column
    for column in device_day.c
    if not isinstance(column.type, sa.JSON) or column.name in ("coverage", "gap_min")
]
_UNREAD = dict.fromkeys(device_day.c.keys())
"""Lists within a day, which no rate needs, are half the cost of reading it."""

Versions = Mapping[tuple[UUID, str], str]


def laptops_of_day(session: Session, org_id: UUID, day: date) -> list[LaptopDay]:
    """All laptops that told of this day, but for those of restricted people."""
    facts, sites = _facts(session, org_id, day), _sites(session, org_id, day)
    apps = _apps(session, org_id, day)
    restricted = set(restricted_laptops(session, org_id, day))
    query = sa.select(*_READ).where(device_day.c.org_id == org_id, device_day.c.day == day)
    laptops = []
    for found in session.execute(query):
        row = _UNREAD | dict(found._mapping)
        laptop = row["device_id"]
        if laptop in restricted:
            continue
        belongs = {SITE: sites.get(laptop), **facts.get(laptop, _NO_FACTS)}
        laptops.append(LaptopDay(belongs, scoring_fields(row), _measured(row, apps.get(laptop, {}))))
    return laptops


_NO_FACTS: Mapping[str, str | None] = {MODEL: None, SYSTEM: None, CONNECTION: None}


def _facts(session: Session, org_id: UUID, day: date) -> dict[UUID, dict[str, str | None]]:
    """What each laptop had said of itself by that day."""
    row = DeviceFact
    query = (
        sa.select(row.device_id, row.maker, row.model, row.os, row.os_version, row.connections)
        .where(row.org_id == org_id, row.since <= day)
        .order_by(row.device_id, row.since)
    )
    return {
        found.device_id: {
            MODEL: model_name(found.maker, found.model),
            SYSTEM: found.os_version or found.os,
            CONNECTION: found.connections,
        }
        for found in session.execute(query)
    }


def _sites(session: Session, org_id: UUID, day: date) -> dict[UUID, str | None]:
    """Where the person works, by the directory, whose laptop it was that day."""
    places = sa.select(PersonRow.person_id, PersonRow.site).where(PersonRow.org_id == org_id)
    site_of = {row.person_id: row.site for row in session.execute(places)}
    holder = DevicePerson
    query = (
        sa.select(holder.device_id, holder.person_id)
        .where(holder.org_id == org_id, holder.since <= day)
        .where(sa.or_(holder.until.is_(None), holder.until >= day))
    )
    return {laptop: site_of.get(person) for laptop, person in session.execute(query)}


def _apps(session: Session, org_id: UUID, day: date) -> dict[UUID, dict[str, AppDay]]:
    """Applications of each laptop; all of a day counts under the version that came first."""
    table = app_day.c
    query = (
        sa.select(table.device_id, table.app, table.version, table.hours, table.crashes, table.hangs)
        .where(table.org_id == org_id, table.day == day, table.app != OTHER)
        .order_by(table.device_id, table.app, table.version)
    )
    rows: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for row in session.execute(query):
        rows[row.device_id, row.app].append(row)
    several = {laptop for (laptop, _), found in rows.items() if len(found) > 1}
    before = _versions_before(session, org_id, day, sorted(several))
    apps: dict[UUID, dict[str, AppDay]] = defaultdict(dict)
    for (laptop, app), found in rows.items():
        version = _first_version([row.version for row in found], before.get((laptop, app)))
        apps[laptop][app] = AppDay(version, *(_sum(found, name) for name in ("hours", "crashes", "hangs")))
    return apps


def _first_version(versions: Sequence[str], before: str | None) -> str | None:
    return (before if before in versions else versions[0]) or None


def _sum(rows: Sequence[Any], name: str) -> float | None:
    values = [value for row in rows if (value := getattr(row, name)) is not None]
    return float(sum(values)) if values else None


def _versions_before(session: Session, org_id: UUID, day: date, laptops: Sequence[UUID]) -> Versions:
    """The newest version of the days before, of laptops that changed one on this day."""
    table = app_day.c
    newest: dict[tuple[UUID, str], str] = {}
    for start in range(0, len(laptops), LAPTOPS_AT_ONCE):
        query = (
            sa.select(table.device_id, table.app, table.version)
            .where(table.org_id == org_id, table.day < day, table.day >= day - LOOK_BACK)
            .where(table.device_id.in_(laptops[start : start + LAPTOPS_AT_ONCE]))
            .order_by(table.day)
        )
        newest |= {(row.device_id, row.app): row.version for row in session.execute(query)}
    return newest


def _measured(row: Mapping[str, Any], apps: Mapping[str, AppDay]) -> dict[str, AppDay]:
    """Without the counts whose source could not be read that day."""
    crashes, hangs = readable(row, "crash"), readable(row, "hang")
    return {
        app: AppDay(
            found.version,
            found.hours,
            found.crashes if crashes else None,
            found.hangs if hangs else None,
        )
        for app, found in apps.items()
    }
