"""Every route, asked with everything that somebody may bring: let in or sent away as the table says, and
nothing of another organisation ever comes out or is changed."""

import html
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import access_page
import pytest
from two_organisations import DAY, MARK, World, two_organisations, value_called
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dashboards.navigation import PAGES
from server.access.guard import NOT_FOR_YOUR_ROLE
from server.access.permissions import KEY_ROLES, MAY, PEOPLE, Access, By, Scope
from server.access.roles import Role
from server.db import Store
from server.interface.calls import CALLS
from server.schema import metadata

WHO_IN_CALLS = {
    By.NOTHING: "nobody",
    By.ANSWER_TOKEN: "nobody",
    By.DEVICE: "device",
    By.ENROLMENT_KEY: "key",
    By.WATCHER: "watcher",
    By.RELEASED_TOKEN: "reader",
    By.ROLE: "session",
}
ASKS_FOR_A_SECRET = (By.DEVICE, By.ENROLMENT_KEY, By.SCIM_TOKEN, By.WATCHER)
"""RELEASED_TOKEN is turned off here: then the route is not there for anybody."""

BODIES = {"devices.enrol": {"install_id": str(uuid4()), "facts": {}}}
"""For routes that read what is sent before they ask who sends it."""
ASKS_FOR_A_PASSWORD = {("POST", "sign_in.sign_in")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("two")
    shutil.copy(sqlite_template, folder / "dex.sqlite3")
    store = Store(f"sqlite:///{folder / 'dex.sqlite3'}")
    with two_organisations(folder, store) as made:
        yield made
    store.close()


def rules(world: World, endpoint: str) -> list[tuple[str, Rule]]:
    """Each way to ask for it: method and rule."""
    return [
        (method, rule)
        for rule in world.app.url_map.iter_rules(endpoint)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def own_values(world: World, rule: Rule) -> dict[str, object]:
    """Of the first organisation, where there is one of the kind; else of nobody."""
    known = {
        "batch_id": world.batch_id,
        "day": DAY.isoformat(),
        "kind": "company",
        "name": "company",
        "week": "2026-W13",
        "signal": "boot",
        "filename": "pages.css",
    }
    return {name: known.get(name, nobodys(rule, name)) for name in rule._converters}


def nobodys(rule: Rule, name: str) -> object:
    return uuid4() if "UUID" in type(rule._converters[name]).__name__ else 0 if is_number(rule, name) else "x"


def is_number(rule: Rule, name: str) -> bool:
    return "Integer" in type(rule._converters[name]).__name__


def others_values(rule: Rule) -> dict[str, object]:
    """Of the other organisation."""
    found = {}
    for name in rule._converters:
        value = value_called(name)
        if "UUID" in type(rule._converters[name]).__name__:
            value = value if isinstance(value, UUID) else value_called(f"{name}_id")
            value = value if isinstance(value, UUID) else uuid4()
        elif is_number(rule, name):
            value = 1
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def ask(
    world: World,
    method: str,
    rule: Rule,
    values: Mapping[str, object],
    role: Role | None = None,
    secret: str = "",
    form: Mapping[str, str] | None = None,
) -> TestResponse:
    _, path = rule.build(dict(values), append_unknown=False)
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    body = None if form is not None else BODIES.get(rule.endpoint)
    client = world.client(role, lasting=method == "GET")
    return client.open(path, method=method, headers=headers, data=form, json=body)


def sent_away(answer: TestResponse) -> bool:
    """By the table: nobody is known, or another role is asked for."""
    if answer.status_code == 401:
        return True
    return answer.status_code == 403 and answer.is_json and answer.json["detail"] == NOT_FOR_YOUR_ROLE


def test_every_route_is_in_the_table_and_every_entry_is_a_route(world: World) -> None:
    routes = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert routes - set(MAY) == set(), "server/access/permissions.py has to say who may call them"
    assert set(MAY) - routes == set(), "no such route"


@pytest.mark.parametrize("endpoint", sorted(MAY))
def test_a_role_is_let_in_where_the_table_says_and_sees_nothing_of_others(
    world: World, endpoint: str
) -> None:
    access = MAY[endpoint]
    roles = tuple(Role) if access.by is By.ROLE else (Role.EMPLOYEE, Role.ADMIN)
    for method, rule in rules(world, endpoint):
        for role in (None, *roles):
            answer = ask(world, method, rule, own_values(world, rule), role)
            assert answer.status_code < 500, f"{role} {method} {rule}: {answer.text}"
            assert MARK not in answer.text, f"{role} {method} {rule}"
            if access.by is By.ROLE:
                assert sent_away(answer) != (role in access.roles), f"{role} {method} {rule}: {answer.status}"
            elif access.by in ASKS_FOR_A_SECRET:
                assert answer.status_code == 401, f"{role} {method} {rule}: {answer.status}"
            elif (method, endpoint) not in ASKS_FOR_A_PASSWORD:
                assert not sent_away(answer), f"{role} {method} {rule}: {answer.status}"


def secrets(world: World) -> dict[tuple[By, Scope | None], str]:
    found: dict[tuple[By, Scope | None], str] = {
        (By.DEVICE, None): world.laptop.token,
        (By.ENROLMENT_KEY, None): world.enrolment_key,
        (By.SCIM_TOKEN, None): world.directory_token,
        (By.WATCHER, None): "m",
    }
    return found | {(By.ROLE, scope): key for (_, scope), key in world.keys.items()}


def opens(kind: By, scope: Scope | None, access: Access) -> bool:
    return kind is access.by and (kind is not By.ROLE or (scope is not None and scope is access.scope))


@pytest.mark.parametrize("endpoint", sorted(MAY))
def test_a_secret_opens_what_it_was_made_for_and_nothing_else(world: World, endpoint: str) -> None:
    access = MAY[endpoint]
    if access.by in (By.NOTHING, By.ANSWER_TOKEN, By.RELEASED_TOKEN):
        return  # open to everybody, or to nobody here
    for method, rule in rules(world, endpoint):
        for (kind, scope), secret in secrets(world).items():
            answer = ask(world, method, rule, own_values(world, rule), secret=secret)
            refused = answer.status_code in (401, 403) and answer.status_code < 500
            assert refused != opens(kind, scope, access), f"{kind} {scope} {method} {rule}: {answer.status}"


@pytest.mark.parametrize("role", sorted(Role))
def test_ids_of_another_organisation_are_ids_of_nothing(world: World, role: Role) -> None:
    """In addresses and in forms: the answer is that for an id that nobody has, and no row changes."""
    before = world.rows_of_the_other()
    names = {column.name for table in metadata.sorted_tables for column in table.columns}
    form = {name: str(value_called(name)) for name in sorted(names - {"org_id"})}
    for endpoint, access in sorted(MAY.items()):
        if role not in (access.roles or {Role.EMPLOYEE}) or endpoint == "layout.static":
            continue  # nobody's id gets that far
        for method, rule in rules(world, endpoint):
            if method == "GET" and not rule._converters:
                continue  # nothing to name anything by
            values = others_values(rule)
            answer = ask(world, method, rule, values, role, form=None if method == "GET" else form)
            assert answer.status_code < 500, f"{method} {rule}: {answer.text}"
            assert MARK not in without(answer.text, values, form), f"{method} {rule}"
            if method == "GET":
                unknown = {name: nobodys(rule, name) for name in rule._converters}
                nothing = ask(world, method, rule, unknown, role)
                assert answer.status_code in (nothing.status_code, 404), f"{method} {rule}: {answer.status}"
    assert world.rows_of_the_other() == before


@pytest.mark.parametrize(("kind", "key"), [("Users", "person_id"), ("Groups", "group_id")])
def test_a_directory_reaches_nobody_of_another_organisation(world: World, kind: str, key: str) -> None:
    """By id, by filter, in bulk, and as a member of a group of its own."""
    before = world.rows_of_the_other()
    theirs, client = value_called(key), world.client()
    headers = {"Authorization": f"Bearer {world.directory_token}", "Content-Type": "application/scim+json"}
    away = {"op": "Replace", "path": "active", "value": False}
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [away]}
    path = f"/scim/v2/{kind}/{theirs}"
    whole = {"schemas": [], "userName": "x", "displayName": "x"}
    for method, body in (("GET", None), ("PATCH", patch), ("PUT", whole), ("DELETE", None)):
        answer = client.open(path, method=method, headers=headers, json=body)
        assert answer.status_code in (400, 404), f"{method}: {answer.text}"
        assert MARK not in answer.text
    for asked in ("", f'?filter=id eq "{theirs}"', f'?filter=externalId eq "{value_called("external_id")}"'):
        answer = client.get(f"/scim/v2/{kind}{asked}", headers=headers)
        assert answer.status_code == 200, answer.text
        assert MARK not in answer.text.replace(value_called("external_id"), "")
    operations = [{"method": "DELETE", "path": f"/{kind}/{theirs}"}]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    answer = client.post("/scim/v2/Bulk", headers=headers, json=bulk)
    assert answer.status_code < 500
    assert MARK not in answer.text
    group = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "mixed",
        "members": [{"value": str(value_called("person_id"))}],
    }
    answer = client.post("/scim/v2/Groups", headers=headers, json=group)
    assert answer.status_code < 500
    assert MARK not in answer.text
    assert world.rows_of_the_other() == before


def without(text: str, values: Mapping[str, object], form: Mapping[str, str]) -> str:
    """An answer without what the asker wrote, which may be said again."""
    for value in (*values.values(), *form.values()):
        for said in (str(value), quote(str(value)), html.escape(str(value)), quote(str(value), safe="")):
            text = text.replace(said, "")
    return text


def test_a_page_of_the_menu_is_in_the_table_as_a_page_of_people() -> None:
    assert [page.endpoint for page in PAGES if not MAY[page.endpoint].roles <= PEOPLE] == []


def test_a_scope_opens_something_and_only_reading(world: World) -> None:
    for scope in KEY_ROLES:
        opened = [endpoint for endpoint, access in MAY.items() if access.scope is scope]
        assert opened, f"{scope} opens nothing"
        for endpoint in opened:
            assert {method for method, _ in rules(world, endpoint)} == {"GET"}
            assert all(rule.rule.startswith("/api/v1/") for _, rule in rules(world, endpoint))


def test_the_description_of_the_interface_names_the_same_callers(world: World) -> None:
    endpoints = {
        (method.lower(), rule.rule.replace("<path:", "<")): rule.endpoint
        for endpoint in MAY
        for method, rule in rules(world, endpoint)
    }
    for call in CALLS:
        access = MAY[endpoints[call.method, call.path.replace("{", "<").replace("}", ">")]]
        assert call.who == WHO_IN_CALLS[access.by], call.name
        assert call.scope == access.scope, call.name


def test_the_document_is_that_of_the_table() -> None:
    written = (Path(__file__).parents[2] / "docs" / "access.md").read_text("utf-8")
    assert access_page.tables() in written, "python -m tests.access_page prints the tables of docs/access.md"
