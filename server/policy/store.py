"""Change what an organisation asks of its laptops: within its agreement, or as a proposal for the next."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.agreed.agreement import SERVICES_MOST, Bounds
from agent.agreed.listed_applications import APPLICATIONS
from server.agreement.queries import edition_in_force
from server.agreement.words import beyond
from server.errors import UsageError
from server.policy.models import (
    PolicyApplicationRow,
    PolicyReferenceRow,
    PolicyServiceRow,
    PolicySettingsRow,
)
from server.policy.queries import settings_of

APPLICATIONS_MOST = 500

Row = TypeVar("Row", PolicyServiceRow, PolicyReferenceRow)


@contextmanager
def changing(session: Session, org_id: UUID, propose: bool) -> Iterator[None]:
    """Changes inside must stay within the agreement, or be proposals. UsageError names what goes beyond.

    What was proposed before is no reason to refuse something else.
    """
    before = settings_of(session, org_id).asked
    yield
    session.flush()
    settings = settings_of(session, org_id)
    if len(settings.services) > SERVICES_MOST:
        raise UsageError(f"Laptops try at most {SERVICES_MOST} services; remove one first.")
    if len(settings.applications) > APPLICATIONS_MOST:
        raise UsageError(f"At most {APPLICATIONS_MOST} applications can be listed; remove one first.")
    agreed = edition_in_force(session, org_id).bounds
    found = beyond(_new(settings.asked, before, agreed), agreed)
    if found and not propose:
        raise UsageError(
            f"Nobody has agreed to this: {found}. With --propose it goes into the next draft; that is signed "
            "by: dex-server agreement sign"
        )


def add_service(session: Session, org_id: UUID, row: dict[str, Any]) -> None:
    _refuse_known(session, org_id, PolicyServiceRow, row["name"])
    session.add(PolicyServiceRow(org_id=org_id, **row))


def add_reference(session: Session, org_id: UUID, row: dict[str, Any]) -> None:
    _refuse_known(session, org_id, PolicyReferenceRow, row["name"])
    session.add(PolicyReferenceRow(org_id=org_id, **row))


def remove_named(session: Session, org_id: UUID, table: type[Row], name: str) -> None:
    found = _named(session, org_id, table, name)
    if found is None:
        raise UsageError(f"There is none called “{name}”; see: dex-server policy show")
    session.delete(found)


def list_applications(session: Session, org_id: UUID, names: Iterable[str], listed: bool) -> None:
    """Put applications on the list, or take them off. What is as the built-in list has it needs no row."""
    for name in names:
        row = session.get(PolicyApplicationRow, (org_id, name))
        if not listed and name not in APPLICATIONS and row is None:
            raise UsageError(f"“{name}” is not on the list; see: dex-server policy show")
        if row is not None:
            session.delete(row)
            session.flush()
        if listed != (name in APPLICATIONS):
            session.add(PolicyApplicationRow(org_id=org_id, name=name, listed=listed))


def set_numbers(session: Session, org_id: UUID, **numbers: float) -> None:
    """`pause_hours`, `cpu_s_per_hour`, `rss_mib`: those that are given change."""
    found = _settings_row(session, org_id)
    for name, value in numbers.items():
        setattr(found, name, value)


def set_address(session: Session, org_id: UUID, address: str | None, day: date | None) -> None:
    """Where laptops find their collector from a day on; None: it stays."""
    found = _settings_row(session, org_id)
    found.address, found.address_from = address, day


def _settings_row(session: Session, org_id: UUID) -> PolicySettingsRow:
    found = session.get(PolicySettingsRow, org_id)
    if found is None:
        now = settings_of(session, org_id)
        found = PolicySettingsRow(
            org_id=org_id,
            pause_hours=now.pause_hours,
            cpu_s_per_hour=now.cpu_s_per_hour,
            rss_mib=now.rss_mib,
        )
        session.add(found)
    return found


def _refuse_known(session: Session, org_id: UUID, table: type[Row], name: str) -> None:
    if _named(session, org_id, table, name) is not None:
        raise UsageError(f"There is one called “{name}” already.")


def _named(session: Session, org_id: UUID, table: type[Row], name: str) -> Row | None:
    """By its name, in whatever case."""
    rows = session.scalars(sa.select(table).where(table.org_id == org_id))
    return next((row for row in rows if row.name.casefold() == name.casefold()), None)


def _new(asked: Bounds, before: Bounds, agreed: Bounds) -> Bounds:
    """What is asked for now and was not before; numbers that did not change are as agreed."""
    return Bounds(
        asked.named - before.named,
        {b: agreed.most[b] if value == before.most[b] else value for b, value in asked.most.items()},
        {b: agreed.least[b] if value == before.least[b] else value for b, value in asked.least.items()},
    )
