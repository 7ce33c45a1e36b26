"""The parts of an agreement that the server keeps and no laptop can check: who sees what, and how long it is
kept. Both are taken from what the product does, so that a draft never promises anything else. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.agreed.agreement import AT_MOST, Unreadable
from server.access.permissions import MAY, PEOPLE, By
from server.access.roles import Role
from server.terms import BY_NAME, TERMS, Terms

VIEWS: Mapping[str, str] = {
    "overview": "results",
    "groups": "results",
    "advice": "results",
    "results": "results",
    "rights": "audit",
    "fleet_counts": "fleet",
}
"""Parts of the product that show the same thing, by their endpoints; all others have a name of their own."""
DAYS = {"days": 1, "weeks": 7}


def roles_now() -> dict[str, list[str]]:
    """What each role sees beyond what everybody does: role -> views."""
    sees: dict[str, set[str]] = {}
    for endpoint, access in MAY.items():
        if access.by is By.ROLE and not access.roles >= PEOPLE:
            part = endpoint.partition(".")[0]
            for role in access.roles:
                sees.setdefault(role.value, set()).add(VIEWS.get(part, part))
    return {role.value: sorted(sees[role.value]) for role in Role if role.value in sees}


def kept(terms: Terms) -> dict[str, dict[str, int]]:
    """How long at most: term -> {unit: length}, beside the two that laptops look at (`at_most`)."""
    return {term.name: {term.unit: terms[term.name]} for term in TERMS if f"{term.name}_days" not in AT_MOST}


def seen_by(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Role and view, as a document has them; earlier documents have none. Raises Unreadable."""
    roles = document.get("roles", {})
    if not isinstance(roles, dict) or not all(isinstance(views, list) for views in roles.values()):
        raise Unreadable("The agreement's part “roles” cannot be read.")
    return {(role, str(view)) for role, views in roles.items() for view in views}


def kept_days(document: Mapping[str, Any]) -> dict[str, int]:
    """Days of each term that this release knows, as a document has them. Raises Unreadable."""
    return dict(_kept_days(document))


def _kept_days(document: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    found = document.get("keep", {})
    if not isinstance(found, dict):
        raise Unreadable("The agreement's part “keep” cannot be read.")
    for name, term in BY_NAME.items():
        if name in found:
            length = found[name].get(term.unit) if isinstance(found[name], dict) else None
            if not isinstance(length, int) or isinstance(length, bool) or length < 0:
                raise Unreadable("The agreement's part “keep” cannot be read.")
            yield name, length * DAYS[term.unit]
