"""The tables of docs/access.md: who may call what, made from server/access/permissions.py and the routes.

`python -m tests.access_page` prints them.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboards import create_app
from server.access.permissions import KEY_ROLES, MAY, PEOPLE, By
from server.access.roles import Role
from server.config import Settings

SHOWN = (
    Role.EMPLOYEE,
    Role.LEAD,
    Role.HR,
    Role.IT,
    Role.EXPERIENCE_MANAGER,
    Role.MODERATOR,
    Role.WORKS_COUNCIL,
    Role.PRIVACY_OFFICER,
    Role.ADMIN,
)
"""In the order of the columns."""


def tables() -> str:
    addresses = _addresses()
    return "\n".join([*_by_role(addresses), "", *_keys(addresses), "", *_others(addresses)]) + "\n"


def _addresses() -> dict[str, list[str]]:
    """Each endpoint with its methods and addresses."""
    found = defaultdict(list)
    with TemporaryDirectory() as folder:
        app = create_app(Settings(Path(folder), "sqlite://", secret_key="only to list routes"))
        for rule in app.url_map.iter_rules():
            methods = ", ".join(sorted(rule.methods - {"HEAD", "OPTIONS"}))
            found[rule.endpoint].append(f"`{methods} {rule.rule}`")
        app.extensions["store"].close()
    return found


def _by_role(addresses: dict[str, list[str]]) -> Iterator[str]:
    assert set(SHOWN) == PEOPLE
    yield f"| | {' | '.join(SHOWN)} |"
    yield f"|---|{'---|' * len(SHOWN)}"
    for endpoint, access in MAY.items():
        if access.by is By.ROLE:
            marks = ["own" if access.own else "yes" if role in access.roles else "" for role in SHOWN]
            yield f"| {'<br>'.join(sorted(addresses[endpoint]))} | {' | '.join(marks)} |"


def _keys(addresses: dict[str, list[str]]) -> Iterator[str]:
    yield "| scope of a key | as which role | opens |"
    yield "|---|---|---|"
    for scope, roles in KEY_ROLES.items():
        opened = [each for name, access in MAY.items() if access.scope is scope for each in addresses[name]]
        yield f"| `{scope}` | {', '.join(sorted(roles))} | {', '.join(sorted(opened))} |"


def _others(addresses: dict[str, list[str]]) -> Iterator[str]:
    yield "| what is brought | opens |"
    yield "|---|---|"
    for by in By:
        opened = [each for name, access in MAY.items() if access.by is by for each in addresses[name]]
        if by is not By.ROLE:
            yield f"| {by} | {', '.join(sorted(opened))} |"


if __name__ == "__main__":
    print(tables(), end="")
