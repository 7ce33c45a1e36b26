"""Who may call what: every route of the product, once. docs/access.md is made from this table.

`guard.py` holds it at each request, the menu of the pages reads it, and tests/access/test_matrix.py tries
each route as each role, of this and of another organisation. A route that is not in it is open to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.access.roles import Role


class By(StrEnum):
    """What a request brings to be let in."""

    NOTHING = "nothing"
    ANSWER_TOKEN = "an anonymous token"  # noqa: S105 (words, no secret)
    DEVICE = "a laptop's token"
    ENROLMENT_KEY = "an enrolment key"
    SCIM_TOKEN = "a token of the directory"  # noqa: S105
    WATCHER = "the token of a watcher"
    RELEASED_TOKEN = "the token of released figures"  # noqa: S105
    ROLE = "a role"


class Scope(StrEnum):
    """What a key of a program may read."""

    RESULTS = "results:read"
    FLEET = "fleet:read"
    FAULTS = "faults:read"
    AUDIT = "audit:read"


PEOPLE = frozenset(Role) - {Role.AUDITOR}
"""Everybody who signs in to pages; an auditor is a program with a key."""
SEE_ALL_GROUPS = frozenset(
    {Role.EMPLOYEE, Role.HR, Role.IT, Role.EXPERIENCE_MANAGER, Role.PRIVACY_OFFICER, Role.AUDITOR},
)
SEE_GROUPS = SEE_ALL_GROUPS | {Role.LEAD}
SEE_ALARMS = frozenset({Role.IT, Role.EXPERIENCE_MANAGER})
ANSWER_ALARMS = frozenset({Role.IT})
"""Alarms are about technology, and looked into by IT."""
SEE_EQUIPMENT = frozenset({Role.IT})
SEE_EXPERIMENTS = frozenset({Role.IT, Role.EXPERIENCE_MANAGER, Role.PRIVACY_OFFICER})
MODERATE_COMMENTS = frozenset({Role.MODERATOR})
READ_COMMENTS = frozenset({Role.HR, Role.EXPERIENCE_MANAGER})
SEE_LIFECYCLE = frozenset({Role.HR, Role.IT, Role.EXPERIENCE_MANAGER})
SEE_FLEET = frozenset({Role.IT})
MANAGE_ACCESS = frozenset({Role.ADMIN})
SEE_FAULTS = frozenset({Role.IT})
SEE_NEXT_AGREEMENT = frozenset({Role.WORKS_COUNCIL, Role.PRIVACY_OFFICER})
DECIDE_REQUESTS = frozenset({Role.PRIVACY_OFFICER})
SUPPORT = frozenset({Role.IT})
DO_TASKS = frozenset({Role.IT})
SEE_AUDIT = frozenset({Role.WORKS_COUNCIL, Role.PRIVACY_OFFICER})

KEY_ROLES: Mapping[Scope, frozenset[Role]] = {
    Scope.RESULTS: frozenset({Role.HR, Role.IT, Role.AUDITOR}),
    Scope.FLEET: frozenset({Role.IT, Role.AUDITOR}),
    Scope.FAULTS: frozenset({Role.IT, Role.AUDITOR}),
    Scope.AUDIT: frozenset({Role.AUDITOR}),
}
"""As which roles a key with this scope may see what it reads."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for. `roles` with By.ROLE alone; of them, a page of one's `own` asks for a laptop
    besides, and `scope` opens it to keys of programs too."""

    by: By
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    own: bool = False


def _roles(roles: frozenset[Role], scope: Scope | None = None, own: bool = False) -> Access:
    return Access(By.ROLE, roles, scope, own)


_ANYBODY = Access(By.NOTHING)
_EVERY_ROLE = _roles(PEOPLE)
_OWN = _roles(PEOPLE, own=True)
_RESULTS = _roles(SEE_GROUPS - {Role.AUDITOR}, Scope.RESULTS)
_GROUP_PAGES = _roles(SEE_GROUPS - {Role.AUDITOR})

_SCIM = (
    *("service_provider_config", "resource_types", "resource_type", "schemas", "schema"),
    *("bulk", "search_root", "search_root_with_body", "search", "search_with_body"),
    *("create", "query", "replace", "patch", "delete", "fallback"),
    *("me_create", "me_query", "me_replace", "me_patch", "me_delete"),
)
"""What an identity provider may ask for."""

MAY: dict[str, Access] = {
    # Whether the process lives, and counts for watchers.
    "health.alive": _ANYBODY,
    "health.ready": _ANYBODY,
    "health.metrics": Access(By.WATCHER),
    "released_out.released": Access(By.RELEASED_TOKEN),
    **{f"scim.{name}": Access(By.SCIM_TOKEN) for name in _SCIM},
    # Laptops, and answers without a name.
    "devices.enrol": Access(By.ENROLMENT_KEY),
    "devices.what_to_collect": Access(By.DEVICE),
    "ingest.answer_refused": Access(By.DEVICE),
    "pulse.published_labels": Access(By.DEVICE),
    "pulse.issue_tokens": Access(By.DEVICE),
    "pulse.receive_answer": Access(By.ANSWER_TOKEN),
    # Signing in and out.
    "home.index": _ANYBODY,
    "access.sign_in": _ANYBODY,
    "access.ask_to_sign_out": _ANYBODY,
    "access.sign_out": _ANYBODY,
    "sign_in.form": _ANYBODY,
    "sign_in.sign_in": _ANYBODY,
    "sign_in.by_link": _ANYBODY,
    "sign_in.set_by_link": _ANYBODY,
    "sign_in.own": _EVERY_ROLE,
    "sign_in.set_own": _EVERY_ROLE,
    "sign_in.signed_out": _ANYBODY,
    "oidc.login": _ANYBODY,
    "oidc.callback": _ANYBODY,
    "access.take_role": _EVERY_ROLE,
    "access_page.access": _roles(MANAGE_ACCESS),
    "access_page.grant": _roles(MANAGE_ACCESS),
    "access_page.withdraw": _roles(MANAGE_ACCESS),
    "access_page.switch": _roles(MANAGE_ACCESS),
    # What explains the product, to everybody.
    "layout.static": _ANYBODY,
    "openapi.description": _ANYBODY,
    "api_reference.reference": _ANYBODY,
    "api_reference.problem_type": _ANYBODY,
    # Numbers for programs.
    "results.groups": _RESULTS,
    "results.group": _RESULTS,
    "results.release": _RESULTS,
    "results.lifecycle": _roles(SEE_LIFECYCLE, Scope.RESULTS),
    "fleet_counts.fleet": _roles(SEE_FLEET, Scope.FLEET),
    "faults.faults": _roles(SEE_FAULTS, Scope.FAULTS),
    "rights.audit": _roles(SEE_AUDIT, Scope.AUDIT),
    # Pages.
    "overview.overview": _GROUP_PAGES,
    "groups.group": _GROUP_PAGES,
    "advice.advice": _GROUP_PAGES,
    "alarms.alarms": _roles(SEE_ALARMS),
    "alarms.answer": _roles(ANSWER_ALARMS),
    "equipment.overview": _roles(SEE_EQUIPMENT),
    "equipment.signal": _roles(SEE_EQUIPMENT),
    "experiments.experiments": _roles(SEE_EXPERIMENTS),
    "experiments.one": _roles(SEE_EXPERIMENTS),
    "fleet.fleet": _roles(SEE_FLEET),
    "journey.journey": _roles(SEE_LIFECYCLE),
    "tasks.tasks": _roles(DO_TASKS),
    "tasks.done": _roles(DO_TASKS),
    "me.laptop": _OWN,
    "me.batch": _OWN,
    "me.batch_body": _OWN,
    "own_data.data": _OWN,
    "own_data.hand_out": _OWN,
    "own_data.ask": _OWN,
    "own_data.withdraw": _OWN,
    "own_data.answer": _OWN,
    "support.support": _roles(SUPPORT),
    "support.ask": _roles(SUPPORT),
    "support.look": _roles(SUPPORT),
    "support.end": _roles(SUPPORT),
    "requests.to_decide": _roles(DECIDE_REQUESTS),
    "requests.do": _roles(DECIDE_REQUESTS),
    "requests.say_no": _roles(DECIDE_REQUESTS),
    "audit.audit": _roles(SEE_AUDIT),
    "comments.waiting": _roles(MODERATE_COMMENTS),
    "comments.decide": _roles(MODERATE_COMMENTS),
    "comments.released": _roles(READ_COMMENTS),
    "privacy.privacy": _EVERY_ROLE,
    "privacy.agreement": _EVERY_ROLE,
    "privacy.labels": _EVERY_ROLE,
    "agreement.next_edition": _roles(SEE_NEXT_AGREEMENT),
    "agreement.document": _roles(SEE_NEXT_AGREEMENT),
    "method.method": _EVERY_ROLE,
}
"""Endpoint of a route -> what it asks for."""
