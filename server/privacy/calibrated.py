"""Whether teams that score better are more satisfied, for whoever sees both (docs/scoring.md 11.6)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.access.permissions import SEE_ALL_GROUPS
from server.access.roles import Grant
from server.privacy.result_queries import window_for
from server.privacy.visible import sees_sentiment
from server.scoring.calibration import calibration


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Rank correlation with its 95 % interval, two decimals, over `teams` with answers of their own.

    `rho`, `low` and `high` are None while there are too few such teams, or all score alike.
    """

    teams: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None


def calibrated_for(session: Session, grant: Grant) -> Calibrated | None:
    """Of the newest week; None where the role does not see all teams and their satisfaction."""
    if grant.role not in SEE_ALL_GROUPS or not sees_sentiment(grant):
        return None
    blocks = window_for(session, grant).blocks.values()
    pairs = [
        (block.technology.value, block.sentiment.value)
        for block in blocks
        if block.kind == "team" and block.technology and block.sentiment and block.sentiment.source == "own"
    ]
    found = calibration([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    if found is None:
        return Calibrated(len(pairs))
    return Calibrated(found.groups, *(round(value, 2) for value in (found.rho, found.low, found.high)))
