"""Entries of the audit log about what a command of the host does."""

from sqlalchemy.orm import Session

from server.access.audit import ON_THE_HOST, record
from server.clock import utc_now
from server.people.models import Organisation
from server.people.organisations import local_day


def note(
    session: Session, organisation: Organisation, action: str, about: str, reason: str | None = None
) -> None:
    """Write it down in the command's transaction, last of all."""
    day = local_day(organisation, utc_now())
    record(session, organisation.org_id, day, ON_THE_HOST, action, about, reason)
