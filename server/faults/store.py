"""Writes the faults of laptops: what a look found, and the ticket that somebody works on it under."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.devices.models import ACTIVE, Device
from server.errors import UsageError
from server.faults.models import DeviceFaultRow, FaultLookRow
from server.faults.rules import Found
from server.faults.shape import TICKET, split_fault


def keep_found(
    session: Session,
    org_id: UUID,
    part: Sequence[UUID],
    found: Mapping[UUID, Mapping[str, Found | None]],
    first_kept: date,
) -> None:
    """What a look found of these laptops: rule -> faults, or None where the laptop says nothing about it.

    A fault that was known keeps its day and its ticket. One of which nothing is said stays.
    """
    known = session.scalars(
        sa.select(DeviceFaultRow).where(
            DeviceFaultRow.org_id == org_id, DeviceFaultRow.device_id.between(part[0], part[-1])
        )
    )
    new = {
        (device_id, rule, subject): since
        for device_id, rules in found.items()
        for rule, faults in rules.items()
        for subject, since in (faults or {}).items()
    }
    for row in known:
        rules = found.get(row.device_id, {})
        still = new.pop((row.device_id, row.rule, row.subject), None)
        if still is None and (row.rule not in rules or rules[row.rule] is not None):
            session.delete(row)
        elif row.since < first_kept:
            row.since = first_kept
    for (device_id, rule, subject), since in new.items():
        row = DeviceFaultRow(org_id=org_id, device_id=device_id, rule=rule, subject=subject)
        row.since = max(since, first_kept)
        session.add(row)


def end_look(session: Session, org_id: UUID, today: date) -> None:
    """Laptops that are retired have no faults; from now on the look of this day holds."""
    retired = (
        sa.select(Device.device_id)
        .where(Device.org_id == org_id, Device.device_id == DeviceFaultRow.device_id)
        .where(Device.state != ACTIVE)
    )
    session.execute(
        sa.delete(DeviceFaultRow).where(DeviceFaultRow.org_id == org_id, retired.exists()),
        execution_options={"synchronize_session": False},
    )
    session.merge(FaultLookRow(org_id=org_id, looked_on=today))


def set_ticket(session: Session, org_id: UUID, device_id: UUID, fault: str, ticket: str | None) -> None:
    """Under which ticket somebody works on a fault; None: under none. UsageError says what does not fit."""
    if ticket is not None and not TICKET.fullmatch(ticket):
        raise UsageError("A ticket is a number without spaces, of 40 characters at most.")
    row = session.get(DeviceFaultRow, (org_id, device_id, *split_fault(fault)))
    if row is None:
        raise UsageError(f"This laptop has no fault “{fault}”; see: dex-server faults list")
    row.ticket = ticket
