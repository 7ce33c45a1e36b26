"""What somebody meets from the first day to the last, stage by stage, and who sees to it. Pure.

A touchpoint is a part of a figure of joining, moving and leaving (docs/lifecycle.md), so that whoever owns it
sees how often it comes in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.access.roles import Role


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """Part `part` of the figure `figure`."""

    figure: str
    part: str
    owner: Role


JOURNEY: Mapping[str, tuple[Touchpoint, ...]] = {
    "onboarding": (
        Touchpoint("day_one", "laptop", Role.IT),
        Touchpoint("day_one", "signed_in", Role.IT),
        Touchpoint("day_one", "applications", Role.IT),
        Touchpoint("productive", "within_5_days", Role.EXPERIENCE_MANAGER),
        Touchpoint("productive", "within_10_days", Role.EXPERIENCE_MANAGER),
    ),
    "role_change": (
        Touchpoint("moved", "laptop", Role.IT),
        Touchpoint("moved", "applications", Role.IT),
    ),
    "offboarding": (
        Touchpoint("left", "could_be_asked", Role.HR),
        Touchpoint("left", "returned", Role.IT),
        Touchpoint("left", "access_closed", Role.IT),
        Touchpoint("left", "silent", Role.IT),
    ),
}
"""Stage of working life -> its touchpoints in the order in which they come. Settling in and the steady stage
have none of their own: there the scores of the stage tell."""
