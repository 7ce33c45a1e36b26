"""Reads of the policy: what an organisation asks of its laptops, and the document that one of them gets."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.agreed.listed_applications import APPLICATIONS
from server.agreement.queries import edition_in_force, handed_over
from server.config import BACKLOG_PACE_DEFAULT
from server.policy.models import (
    PolicyApplicationRow,
    PolicyReferenceRow,
    PolicyServiceRow,
    PolicySettingsRow,
)
from server.policy.settings import Settings, policy
from server.policy.sign_in_key import sign_in_policy
from server.terms import terms_in_force

SIGN_IN_NAMES = ("facts", "signin_hmac")
"""The path of an agreement."""


def settings_of(session: Session, org_id: UUID) -> Settings:
    """Everything in the order of its names, so that the same settings are the same document."""
    chosen = session.get(PolicySettingsRow, org_id)
    numbers = (
        {}
        if chosen is None
        else {name: getattr(chosen, name) for name in ("pause_hours", "cpu_s_per_hour", "rss_mib")}
    )
    terms = terms_in_force(session)
    return Settings(
        _applications(session, org_id),
        _services(session, org_id),
        _references(session, org_id),
        address=(chosen.address if chosen else None) or "",
        address_from=chosen.address_from if chosen else None,
        batches_days=terms["batches"],
        rows_days=terms["rows"],
        terms=terms,
        **numbers,
    )


def policy_of(
    session: Session, org_id: UUID, pulse: Mapping[str, Any], backlog_pace: float = BACKLOG_PACE_DEFAULT
) -> dict[str, Any]:
    """The policy that a laptop of this organisation gets; `pulse` is the part about questions."""
    edition = edition_in_force(session, org_id)
    earlier = handed_over(session, org_id, edition)
    document = policy(settings_of(session, org_id), edition, pulse, earlier, backlog_pace)
    sign_in = sign_in_policy(session, org_id) if SIGN_IN_NAMES in edition.bounds.named else {}
    return document | {"organisation": str(org_id)} | {"sign_in": sign_in}


def may_ask_for_names(session: Session, org_id: UUID) -> bool:
    """Whether the agreement lets scrambled sign-in names leave."""
    return SIGN_IN_NAMES in edition_in_force(session, org_id).bounds.named


def _applications(session: Session, org_id: UUID) -> tuple[str, ...]:
    query = sa.select(PolicyApplicationRow).where(PolicyApplicationRow.org_id == org_id)
    differs = {row.name: row.listed for row in session.scalars(query)}
    if not differs:
        return APPLICATIONS
    names = {*APPLICATIONS, *(name for name, listed in differs.items() if listed)}
    listed = names - {name for name, listed in differs.items() if not listed}
    return tuple(sorted(listed, key=lambda name: (name.casefold(), name)))


def _services(session: Session, org_id: UUID) -> tuple[dict[str, Any], ...]:
    query = sa.select(PolicyServiceRow).where(PolicyServiceRow.org_id == org_id)
    return tuple(
        {"name": row.name, "url": row.url}
        if row.url is not None
        else {"name": row.name, "host": row.host, "port": row.port}
        for row in session.scalars(query.order_by(PolicyServiceRow.name))
    )


def _references(session: Session, org_id: UUID) -> tuple[dict[str, Any], ...]:
    query = sa.select(PolicyReferenceRow).where(PolicyReferenceRow.org_id == org_id)
    return tuple(
        {"name": row.name, "host": row.host, "port": row.port}
        for row in session.scalars(query.order_by(PolicyReferenceRow.name))
    )
