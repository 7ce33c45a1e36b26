"""What IT sees of one laptop in a look: how it does technically, over four weeks as a whole.

No score, no hours, no days and no day of last contact: how much and when somebody worked cannot be told from
it. Counts and shares stand alone; what they would have to be divided by is not there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.queries import facts_of
from server.ingest.derive import scoring_fields
from server.ingest.models import OTHER, app_day, device_day, event, service_day
from server.support.shape import Signals, TriedService, TroubledApp

LOOK_DAYS = 28
FACTS = (
    *("serial", "maker", "model", "os", "os_version", "memory_gib", "disk_gib", "cpu", "cores"),
    *("bios_date", "connections", "desktop"),
)
"""Of what a laptop is made of: not its name in the network, which may be its person's."""
APPS_SHOWN = 20


def signals_of(session: Session, org_id: UUID, device_id: UUID, since: date, before: date) -> Signals:
    """Of the four weeks before a day; of no day before `since`, when the laptop became whose it is."""
    first = max(since, before - timedelta(days=LOOK_DAYS))
    days = _days(session, org_id, device_id, first, before)
    fields = [scoring_fields(day) for day in days]
    events = _events(session, org_id, device_id, first, before)
    facts = facts_of(session, org_id, device_id) or {}
    return Signals(
        facts={name: facts.get(name) for name in FACTS},
        boot_s=_median(day["boot_s"] for day in fields),
        signin_s=_median(day["signin_s"] for day in fields),
        app_crashes=_sum(day["app_crashes"] for day in fields),
        app_hangs=_sum(day["app_hangs"] for day in fields),
        os_crashes=_sum(day["os_crashes"] for day in fields),
        cpu_pct=_percent(days, "cpu_min", "active_min"),
        memory_pct=_percent(days, "mem_min", "active_min"),
        disk_pct=_percent(days, "disk_min", "active_min"),
        latency_ms=_median(day["net_latency_ms"] for day in fields),
        loss_pct=_percent(days, "probes_failed", "probes"),
        battery_health_pct=_last(day["battery_health_pct"] for day in fields),
        disk_free_pct=_last(day["disk_free_pct"] for day in fields),
        patch_age_days=_last(day["patch_age_days"] for day in fields),
        agent_version=next((day["agent_version"] for day in reversed(days) if day["agent_version"]), None),
        coverage=next((day["coverage"] for day in reversed(days) if day["coverage"]), {}),
        apps=_apps(session, org_id, device_id, first, before),
        services=_services(session, org_id, device_id, first, before),
        stops=Counter(str(d.get("cause", "")) for kind, d in events if kind == "oscrash"),
        failed_updates=sum(kind == "update" and d.get("result") == "failed" for kind, d in events),
    )


def _of(table: sa.Table, org_id: UUID, device_id: UUID, first: date, before: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.org_id == org_id, table.c.device_id == device_id, table.c.day >= first, table.c.day < before
    )


def _days(
    session: Session, org_id: UUID, device_id: UUID, first: date, before: date
) -> list[Mapping[str, Any]]:
    query = (
        sa.select(device_day)
        .where(_of(device_day, org_id, device_id, first, before))
        .order_by(device_day.c.day)
    )
    return [row._asdict() for row in session.execute(query)]


def _apps(session: Session, org_id: UUID, device_id: UUID, first: date, before: date) -> list[TroubledApp]:
    crashes, hangs = sa.func.sum(app_day.c.crashes), sa.func.sum(app_day.c.hangs)
    query = (
        sa.select(app_day.c.app, app_day.c.version, crashes.label("crashes"), hangs.label("hangs"))
        .where(_of(app_day, org_id, device_id, first, before), app_day.c.app != OTHER)
        .group_by(app_day.c.app, app_day.c.version)
    )
    found = [
        TroubledApp(row.app, row.version, int(row.crashes or 0), int(row.hangs or 0))
        for row in session.execute(query)
    ]
    troubled = [app for app in found if app.crashes or app.hangs]
    return sorted(troubled, key=lambda app: (-app.crashes, -app.hangs, app.name, app.version))[:APPS_SHOWN]


def _services(
    session: Session, org_id: UUID, device_id: UUID, first: date, before: date
) -> list[TriedService]:
    query = sa.select(service_day.c.service, service_day.c.checks, service_day.c.failures)
    tries: Counter[str] = Counter()
    causes: dict[str, Counter[str]] = {}
    for row in session.execute(query.where(_of(service_day, org_id, device_id, first, before))):
        tries[row.service] += row.checks or 0
        causes.setdefault(row.service, Counter()).update(row.failures or {})
    return [
        TriedService(name, 100 * found.total() / tries[name], [cause for cause, _ in found.most_common()])
        for name, found in sorted(causes.items())
        if tries[name]
    ]


def _events(
    session: Session, org_id: UUID, device_id: UUID, first: date, before: date
) -> list[tuple[str, Mapping[str, Any]]]:
    """Kind and details of stops and updates."""
    query = (
        sa.select(event.c.kind, event.c.detail)
        .where(_of(event, org_id, device_id, first, before))
        .where(event.c.kind.in_(("oscrash", "update")))
    )
    return [(row.kind, row.detail or {}) for row in session.execute(query)]


def _known(values: Any) -> list[float]:
    return [value for value in values if value is not None]


def _median(values: Any) -> float | None:
    known = _known(values)
    return median(known) if known else None


def _sum(values: Any) -> int | None:
    known = _known(values)
    return int(sum(known)) if known else None


def _last(values: Any) -> float | None:
    known = _known(values)
    return known[-1] if known else None


def _percent(days: Sequence[Mapping[str, Any]], part: str, whole: str) -> float | None:
    """The share of all days together, of those on which both are known."""
    both = [(day[part], day[whole]) for day in days if day[part] is not None and day[whole]]
    total = sum(of for _, of in both)
    return 100 * sum(some for some, _ in both) / total if total else None
