"""Put an agreement in force, end it, and register who may countersign."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from agent.agreed.agreement import canonical, ended_document
from server.agreement import keys
from server.agreement.editions import check_next, digest
from server.agreement.models import AgreementKeyRow, AgreementRow
from server.agreement.queries import edition_in_force, newest_key
from server.errors import UsageError


def register_key(session: Session, org_id: UUID, modulus: bytes, today: date) -> str:
    """From now on this key countersigns; returns its fingerprint."""
    last = newest_key(session, org_id)
    fingerprint = keys.fingerprint(modulus)
    session.add(
        AgreementKeyRow(
            org_id=org_id,
            number=last.number + 1 if last else 1,
            fingerprint=fingerprint,
            modulus=modulus,
            registered_on=today,
        )
    )
    session.flush()
    return fingerprint


def put_in_force(
    session: Session, org_id: UUID, document: Mapping[str, Any], signature: bytes, today: date
) -> None:
    """The next edition, signed by the newest key. UsageError if it may not follow or is not signed by it."""
    check_next(document, edition_in_force(session, org_id))
    _add(session, org_id, document, signature, today)


def end(session: Session, org_id: UUID, today: date, signature: bytes | None = None) -> None:
    """Nothing is agreed from now on. Signed, laptops take no earlier edition again."""
    in_force = edition_in_force(session, org_id)
    if in_force.ended and (signature is None or in_force.signature is not None):
        raise UsageError("The agreement has ended already.")
    _add(session, org_id, ended_document(in_force.number + 1), signature, today)


def _add(
    session: Session, org_id: UUID, document: Mapping[str, Any], signature: bytes | None, today: date
) -> None:
    key = newest_key(session, org_id) if signature is not None else None
    if signature is not None:
        if key is None:
            raise UsageError("No key may sign yet; register one: dex-server agreement key")
        if not keys.is_signed(key.modulus, canonical(document), signature):
            raise UsageError(f"The signature does not fit this document and the key {key.fingerprint}.")
    session.add(
        AgreementRow(
            org_id=org_id,
            number=document["number"],
            document=canonical(document),
            digest=digest(document),
            signature=signature,
            modulus=key.modulus if key else None,
            since=today,
        )
    )
    session.flush()
