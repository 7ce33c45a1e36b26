"""Keep the releases of weeks and give them back exactly: written once, chained by digests, never changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Base
from server.errors import Conflict
from server.privacy.models import (
    FunnelRow,
    HoursClassRow,
    ReleasePlanRow,
    ReleasePoolRow,
    ReleaseRow,
    ReleaseSumRow,
    ReleaseTeamRow,
)
from server.privacy.records import (
    FIRST_DIGEST,
    BaseGroup,
    FunnelGroup,
    GaugeSum,
    RateSum,
    Release,
)
from server.scoring.dispersion import EventSums
from server.scoring.lost_time import CAUSES, cause_signal
from server.scoring.variance import Pool

Rows = dict[str, list[Any]]
"""Rows of a week by table, each with the table's columns in order, but for the organisation."""

_CAUSE_SIGNALS = {cause_signal(cause): cause for cause in CAUSES}


class AlreadyReleased(Conflict):
    slug, title = "already-released", "A release is made once"


def save_release(session: Session, org_id: UUID, release: Release, today: date) -> str:
    """Write a week; returns its digest. AlreadyReleased if it or a later week was released before."""
    last = last_release(session, org_id)
    if last is not None and last.week >= release.week:
        raise AlreadyReleased(f"Week {last.week} was released already; a week is released once, in order.")
    previous = last.digest if last is not None else FIRST_DIGEST
    digest = release.digest(previous)
    key = {"org_id": org_id, "week": release.week}
    session.add(
        ReleaseRow(
            **key,
            k=release.k,
            model=release.model,
            late=release.late,
            released_on=today,
            previous=previous,
            digest=digest,
        )
    )
    session.flush()
    insert_rows(session, ReleaseTeamRow, key, ({"team": t, "unit": u} for t, u in release.teams.items()))
    insert_rows(
        session,
        ReleasePlanRow,
        key,
        ({"group_name": g, "n": b.n, "eligible": b.eligible} for g, b in release.base.items()),
    )
    insert_rows(session, ReleaseSumRow, key, _sums(release))
    insert_rows(session, ReleasePoolRow, key, _pools(release))
    insert_rows(
        session, HoursClassRow, key, ({"group_name": g, "class_j": j} for g, j in release.hours_class.items())
    )
    insert_rows(
        session,
        FunnelRow,
        key,
        ({"place": i, "unit": f.unit, "outcome": f.outcome, "n": f.n} for i, f in enumerate(release.funnel)),
    )
    return digest


def insert_rows(
    session: Session, table: type[Base], key: dict[str, Any], rows: Iterable[dict[str, Any]]
) -> None:
    if values := [key | row for row in rows]:
        session.execute(sa.insert(table), values)


def _sums(release: Release) -> Iterable[dict[str, Any]]:
    for signal, groups in release.gauges.items():
        for group, gauge in groups.items():
            yield _sum_row(signal, group, gauge.n, x=gauge.x)
    for signal, by_group in release.rates.items():
        for group, rate in by_group.items():
            yield _sum_row(signal, group, rate.n, y=rate.y, e=rate.e, exact=rate.exact)


def _sum_row(signal: str, group: str, n: int, **values: float | bool) -> dict[str, Any]:
    empty = dict.fromkeys(("x", "y", "e", "exact"))
    return {"signal": signal, "group_name": group, "n": n} | empty | values


def _pools(release: Release) -> Iterable[dict[str, Any]]:
    empty: dict[str, Any] = dict.fromkeys(("squares", "y", "e", "yye"))
    for signal, pool in release.gauge_pools.items():
        yield empty | {"signal": signal, "n": pool.freedom, "squares": pool.squares}
    for signal, sums in release.rate_pools.items():
        yield empty | {"signal": signal, "n": sums.n, "y": sums.y, "e": sums.e, "yye": sums.yye}
    for cause, n in release.readable.items():
        yield empty | {"signal": cause_signal(cause), "n": n}


def last_release(session: Session, org_id: UUID) -> ReleaseRow | None:
    """The newest released week."""
    return session.scalar(
        sa.select(ReleaseRow).where(ReleaseRow.org_id == org_id).order_by(ReleaseRow.week.desc()).limit(1)
    )


def released_weeks(session: Session, org_id: UUID) -> list[str]:
    """Every released week, oldest first."""
    query = sa.select(ReleaseRow.week).where(ReleaseRow.org_id == org_id).order_by(ReleaseRow.week)
    return list(session.scalars(query))


def release_digests(session: Session, org_id: UUID) -> dict[str, str]:
    """The digest of every released week, oldest first."""
    query = sa.select(ReleaseRow.week, ReleaseRow.digest).where(ReleaseRow.org_id == org_id)
    return {row.week: row.digest for row in session.execute(query.order_by(ReleaseRow.week))}


def load_releases(session: Session, org_id: UUID, weeks: Sequence[str]) -> list[Release]:
    """The releases of these weeks, oldest first; weeks that were not released are left out."""
    tables: tuple[type[Base], ...] = (
        ReleaseTeamRow,
        ReleasePlanRow,
        ReleaseSumRow,
        ReleasePoolRow,
        HoursClassRow,
        FunnelRow,
    )
    parts = {table.__tablename__: _rows_by_week(session, org_id, table, weeks) for table in tables}
    heads = session.scalars(
        sa.select(ReleaseRow)
        .where(ReleaseRow.org_id == org_id, ReleaseRow.week.in_(weeks))
        .order_by(ReleaseRow.week)
    )
    return [
        _release(head, {name: by_week.get(head.week, []) for name, by_week in parts.items()})
        for head in heads
    ]


def _rows_by_week(session: Session, org_id: UUID, table: type[Base], weeks: Sequence[str]) -> Rows:
    mapped = Base.metadata.tables[table.__tablename__]
    columns = [column for column in mapped.columns if column.name != "org_id"]
    query = (
        sa.select(*columns)
        .where(mapped.c.org_id == org_id, mapped.c.week.in_(weeks))
        .order_by(*mapped.primary_key)
    )
    found: Rows = defaultdict(list)
    for row in session.connection().execute(query).all():
        found[row.week].append(row)
    return found


def _release(head: ReleaseRow, rows: Rows) -> Release:
    gauges: dict[str, dict[str, GaugeSum]] = defaultdict(dict)
    rates: dict[str, dict[str, RateSum]] = defaultdict(dict)
    for _week, signal, group, n, x, y, e, exact in rows["release_sum"]:
        if x is not None:
            gauges[signal][group] = GaugeSum(n, x)
        else:
            rates[signal][group] = RateSum(n, y, e, exact)
    gauge_pools: dict[str, Pool] = {}
    rate_pools: dict[str, EventSums] = {}
    readable: dict[str, int] = {}
    for _week, signal, n, squares, y, e, yye in rows["release_pool"]:
        if squares is not None:
            gauge_pools[signal] = Pool(squares, n)
        elif signal in _CAUSE_SIGNALS:
            readable[_CAUSE_SIGNALS[signal]] = n
        else:
            rate_pools[signal] = EventSums(n, y, e, yye)
    return Release(
        week=head.week,
        k=head.k,
        model=head.model,
        teams={row.team: row.unit for row in rows["release_team"]},
        base={row.group_name: BaseGroup(row.n, row.eligible) for row in rows["release_plan"]},
        gauges=dict(gauges),
        rates=dict(rates),
        gauge_pools=gauge_pools,
        rate_pools=rate_pools,
        readable=readable,
        hours_class={row.group_name: row.class_j for row in rows["hours_class"]},
        funnel=tuple(FunnelGroup(row.unit, row.outcome, row.n) for row in rows["funnel"]),
        late=head.late,
    )
