"""Reads of the faults of laptops: all of them for IT, those of one laptop for its owner."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.agreed.fault_rules import FAULT_RULES
from server.agreement.queries import edition_in_force
from server.devices.model_names import model_name
from server.devices.models import DeviceFact
from server.faults.models import DeviceFaultRow, FaultLookRow
from server.faults.rules import RULES
from server.faults.shape import SEVERITIES, FaultRow, Faults, Severity, fault_name


class OwnFault(msgspec.Struct, frozen=True):
    """A fault as the owner of the laptop reads it. `says` is the sentence in English."""

    fault: str
    since: date
    severity: Severity
    ticket: str | None
    says: str


def faults_of_all(session: Session, org_id: UUID) -> Faults:
    """What is wrong with which laptop, the gravest first, then the oldest."""
    look = session.get(FaultLookRow, org_id)
    query = (
        sa.select(DeviceFaultRow, *_newest_facts(org_id))
        .where(DeviceFaultRow.org_id == org_id)
        .where(DeviceFaultRow.rule.in_(edition_in_force(session, org_id).faults))
    )
    rows = [_row(*found) for found in session.execute(query)]
    rows.sort(key=lambda row: (SEVERITIES.index(row.severity), row.since, row.fault, row.asset_tag))
    return Faults(look.looked_on if look else None, rows)


def own_faults(session: Session, org_id: UUID, device_id: UUID) -> list[OwnFault]:
    """What IT sees of this laptop, in the words of the agreement in force."""
    agreed = edition_in_force(session, org_id).faults
    rows = session.scalars(
        sa.select(DeviceFaultRow)
        .where(DeviceFaultRow.org_id == org_id, DeviceFaultRow.device_id == device_id)
        .order_by(DeviceFaultRow.rule, DeviceFaultRow.subject)
    )
    return [
        OwnFault(
            fault_name(row.rule, row.subject),
            row.since,
            RULES[row.rule].severity,
            row.ticket,
            says(row.rule, row.subject, agreed[row.rule]),
        )
        for row in rows
        if row.rule in agreed
    ]


def says(rule: str, subject: str, numbers: dict[str, float]) -> str:
    """The sentence about a fault, in English."""
    told = {name: f"{number:g}" for name, number in numbers.items()}
    return FAULT_RULES[rule].says.format(subject=subject, **told)


def _newest_facts(org_id: UUID) -> list[Any]:
    return [
        sa.select(column)
        .where(DeviceFact.org_id == org_id, DeviceFact.device_id == DeviceFaultRow.device_id)
        .order_by(DeviceFact.since.desc())
        .limit(1)
        .scalar_subquery()
        for column in (DeviceFact.serial, DeviceFact.maker, DeviceFact.model)
    ]


def _row(row: DeviceFaultRow, serial: str | None, maker: str | None, model: str | None) -> FaultRow:
    """By its serial number or asset tag; one that has none, by the start of its id. A host name may be a
    person's, so it is no way to say which laptop it is."""
    return FaultRow(
        asset_tag=serial or row.device_id.hex[:8],
        model=model_name(maker, model) or "",
        fault=fault_name(row.rule, row.subject),
        since=row.since,
        severity=RULES[row.rule].severity,
        ticket=row.ticket,
    )
