"""Reads of the agreement: the edition in force, and the key that may sign the next one."""

import json
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.agreement.editions import Edition, built_in
from server.agreement.models import AgreementKeyRow, AgreementRow


def edition_in_force(session: Session, org_id: UUID) -> Edition:
    row = session.scalar(
        sa.select(AgreementRow)
        .where(AgreementRow.org_id == org_id)
        .order_by(AgreementRow.number.desc())
        .limit(1)
    )
    if row is None:
        return built_in()
    return Edition(json.loads(row.document), row.signature, row.modulus, row.since)


def handed_over(session: Session, org_id: UUID, in_force: Edition) -> list[Edition]:
    """Earlier editions in which another key handed over to its successor, the oldest first."""
    if in_force.modulus is None:
        return []
    rows = session.scalars(
        sa.select(AgreementRow)
        .where(AgreementRow.org_id == org_id, AgreementRow.modulus != in_force.modulus)
        .order_by(AgreementRow.number)
    )
    editions = [Edition(json.loads(row.document), row.signature, row.modulus, row.since) for row in rows]
    return [edition for edition in editions if edition.next_key]


def newest_key(session: Session, org_id: UUID) -> AgreementKeyRow | None:
    return session.scalar(
        sa.select(AgreementKeyRow)
        .where(AgreementKeyRow.org_id == org_id)
        .order_by(AgreementKeyRow.number.desc())
        .limit(1)
    )
