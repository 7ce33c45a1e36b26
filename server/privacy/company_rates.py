"""How often things happen in the whole company, from released sums; what a person's own score is held to.

Apart from the scores of groups: the worker needs these alone, and not the library for their intervals.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from server.people.weeks import window_of
from server.privacy.plan import COMPANY
from server.privacy.records import Release
from server.privacy.release_store import last_release, load_releases
from server.scoring.parameters import RATES


def company_rates(session: Session, org_id: UUID, week: str | None = None) -> dict[str, float]:
    """Events per 100 or 1000 hours of the whole company over the window of a week (default: the newest), by
    rate; none before the first release."""
    last = last_release(session, org_id)
    if last is None:
        return {}
    return _rates_of(load_releases(session, org_id, window_of(week or last.week)))


def _rates_of(releases: Sequence[Release]) -> dict[str, float]:
    rates = {}
    for name, signal in RATES.items():
        sums = [r.rates[name][COMPANY] for r in releases if COMPANY in r.rates.get(name, {})]
        hours = sum(part.e for part in sums)
        if hours > 0:
            rates[name] = sum(part.y for part in sums) / hours * signal.per_hours
    return rates
