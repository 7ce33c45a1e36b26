"""Which published results a role may see (docs/privacy.md). What is published is safe for everybody; a role
limits it further to what its work needs."""

from collections.abc import Mapping

from server.access.permissions import SEE_ALL_GROUPS
from server.access.roles import Grant, Role
from server.people.groups import JOIN
from server.privacy.plan import COMPANY


def sees_sentiment(grant: Grant) -> bool:
    """IT sees technical results: scores of technology alone, made without any answer."""
    return grant.role is not Role.IT


def sees_exact(grant: Grant) -> bool:
    """Everybody else sees rounded values and size classes."""
    return grant.role is Role.PRIVACY_OFFICER


def own_team(grant: Grant, unit_of_team: Mapping[str, str]) -> str | None:
    """The reporting team of a lead; one that was joined with others is found by its own name too."""
    name = grant.group_name
    return next((team for team in unit_of_team if name in (team, *team.split(JOIN))), None)


def may_see(grant: Grant, group: str, unit_of_team: Mapping[str, str]) -> bool:
    """Whether the role opens this group; for a lead the own team, its unit, the company, and their stages."""
    if grant.role in SEE_ALL_GROUPS:
        return True
    if grant.role is not Role.LEAD:
        return False
    team = own_team(grant, unit_of_team)
    kind, name = group.split(":", 1)
    left = name.partition("|")[0]
    if kind in ("team", "cell"):
        return left == team
    if kind in ("unit", "unit_stage"):
        return team is not None and left == unit_of_team[team]
    return group == COMPANY or kind == "stage"
