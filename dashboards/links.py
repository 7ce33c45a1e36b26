"""Sign-in links that `up` prints, to the page of this laptop and to each role of the demo company."""

from datetime import timedelta

from sqlalchemy.orm import Session

from server.access.roles import Grant
from server.access.store import create_link
from server.clock import utc_now

LINK_HOURS = 24


def link(session: Session, grant: Grant, address: str) -> str:
    """A fresh one that works once, on the collector at this address."""
    return f"{address}/sign-in/{create_link(session, grant, utc_now(), timedelta(hours=LINK_HOURS))}"
