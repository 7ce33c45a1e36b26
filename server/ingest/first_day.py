"""The first day of an organisation that there is anything of: where its releases and looks begin."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.ingest.models import device_day
from server.people.models import Organisation


def first_day(session: Session, organisation: Organisation) -> date | None:
    """The oldest day that is kept of any laptop, but none before the organisation was made; None without any.

    A laptop whose clock was wrong may tell of years ago.
    """
    query = sa.select(sa.func.min(device_day.c.day)).where(device_day.c.org_id == organisation.org_id)
    first: date | None = session.scalar(query)
    return first and max(first, organisation.created_on)
