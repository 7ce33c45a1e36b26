"""Who sees what, and how long it is kept, in words for those who sign it. Pure."""

from collections.abc import Iterator, Mapping

from server.access.roles import Role
from server.agreement.promises import DAYS
from server.agreement.said import Said
from server.terms import BY_NAME

ROLES: Mapping[str, str] = {
    Role.EMPLOYEE: "employee",
    Role.LEAD: "team lead",
    Role.HR: "HR",
    Role.IT: "IT",
    Role.EXPERIENCE_MANAGER: "digital experience manager",
    Role.WORKS_COUNCIL: "works council",
    Role.PRIVACY_OFFICER: "privacy officer",
    Role.MODERATOR: "moderator",
    Role.ADMIN: "administrator",
    Role.AUDITOR: "auditor",
}
SEES: Mapping[str, str] = {
    "results": "published results of groups",
    "alarms": "alarms, which name no group",
    "equipment": "rates of versions, models and places",
    "experiments": "what experiments did, as the difference between two large groups",
    "fleet": "how many laptops there are and what is seen of them, counted once a day",
    "faults": "faults of laptops, by asset tag",
    "audit": "the audit log",
    "requests": "what people ask about their own data",
    "access_page": "which account has which role",
    "agreement": "the next edition of the agreement, before it is signed",
    "support": "one laptop, for a reason that its owner reads, for 24 hours",
    "journey": "figures of joining, moving and leaving",
    "tasks": "laptops and accounts to prepare or to end, and whose they are",
    "comments": "comments that people wrote, the moderator before they are released",
}
"""Views of server/agreement/promises.py."""
KEPT: Mapping[str, str] = {
    "replaced": "a day’s summary that a later one replaced",
    "drops": "how often a value of a laptop could not be taken, by week",
    "leavers": "people and their laptops, after their last day",
    "places": "teams that somebody left, changes of role and absences that are over",
    "person_weeks": "a person’s week, added up",
    "comments": "comments",
    "releases": "releases, sums about equipment, and alarms and experiments that are over; no persons are in"
    " them",
    "messages": "messages to IT, once they are sent",
    "audit": "the audit log",
}
_SEES = "the role {role} sees {what}"
_KEEPS = "keeps for {now}: {what}"
_KEEPS_NOW = "keeps for {now} (before: {before}): {what}"
_LENGTHS = {"days": "{n} days", "weeks": "{n} weeks"}


def role_sees(role: str, view: str) -> Said:
    return Said(_SEES, {"role": Said(ROLES.get(role, role)), "what": Said(SEES.get(view, view))})


def kept_words(term: str, now: int, before: int | None = None) -> Said:
    """`now` and `before` in days; said in the unit of the term."""
    values: dict[str, str | Said] = {"now": length_words(term, now), "what": Said(KEPT[term])}
    if before is None:
        return Said(_KEEPS, values)
    return Said(_KEEPS_NOW, {**values, "before": length_words(term, before)})


def length_words(term: str, days: int) -> Said:
    unit = BY_NAME[term].unit
    return Said(_LENGTHS[unit], {"n": str(days // DAYS[unit])})


def sentences() -> Iterator[str]:
    """All that may be said, for translators."""
    for table in (ROLES, SEES, KEPT, _LENGTHS):
        yield from table.values()
    yield from (_SEES, _KEEPS, _KEEPS_NOW)
