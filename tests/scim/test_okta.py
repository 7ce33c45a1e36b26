"""Requests as Okta documents them: their shapes, and what becomes of the person behind."""

from conftest import SettableClock
from scim_directory import GROUP, USER, Directory, People, noon

from server.people.fields import ENTERPRISE


def test_the_tests_that_an_integration_has_to_pass(directory: Directory) -> None:
    directory.create(userName="first@example.org", name={"givenName": "F", "familyName": "One"})
    page = directory.get("/Users?startIndex=1&count=2")
    assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (1, 1, 1)
    assert directory.get('/Users?filter=userName eq "nobody@example.org"')["totalResults"] == 0
    unknown = directory.ask("GET", "/Users/010101001010101011001010101011")
    assert unknown.status_code == 404
    assert unknown.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    made = new_user("second@example.org")
    answer = directory.ask("POST", "/Users", made, Accept="application/scim+json")
    assert (answer.status_code, answer.mimetype) == (201, "application/scim+json")
    assert answer.json["active"] is True
    assert answer.headers["Location"] == answer.json["meta"]["location"]
    for again in (made, made | {"userName": made["userName"].upper()}):
        assert directory.ask("POST", "/Users", again).status_code == 409


def test_a_life_in_a_company(directory: Directory, people: People, clock: SettableClock) -> None:
    made = new_user("ben@example.org")
    ben = directory.ask("POST", "/Users", made).json["id"]
    assert people.row(ben).name == "Ben Two"
    # Okta sends whole users: what it does not know of is not taken away.
    clock.now = noon("2026-05-04")
    moved = made | {"id": ben, ENTERPRISE: {"department": "West"}, "schemas": [USER, ENTERPRISE]}
    assert directory.ask("PUT", f"/Users/{ben}", moved).status_code == 200
    assert directory.ask("PUT", f"/Users/{ben}", moved).json["meta"]["lastModified"].startswith("2026-05-04")
    assert people.teams(ben) == [("2026-03-04", "Sales", "North"), ("2026-05-04", None, "West")]
    # Somebody who is unassigned is closed by a value without a path.
    clock.now = noon("2026-07-31")
    directory.patch(ben, {"op": "replace", "value": {"active": False}})
    assert directory.get(f"/Users/{ben}")["active"] is False
    assert people.stage(ben, "2026-08-01") == "left"
    # Hired again: Okta finds the user and opens it, with the new first day.
    clock.now = noon("2026-11-02")
    found = directory.get('/Users?filter=userName eq "ben@example.org"')["Resources"][0]
    assert found["id"] == ben
    urn = "urn:employee-dex:scim:schemas:extension:lifecycle:1.0:User"
    again = moved | {"active": True, urn: {"hire": "2026-11-02"}}
    assert directory.ask("PUT", f"/Users/{ben}", again).status_code == 200
    assert people.row(ben).last_day is None
    assert people.stage(ben, "2026-11-10") == "onboarding"
    assert people.stage(ben, "2026-08-01") != "steady"


def test_a_pushed_group(directory: Directory) -> None:
    anna, ben = (directory.create(userName=f"{name}@example.org") for name in ("anna", "ben"))
    body = {"schemas": [GROUP], "displayName": "dex-hr", "members": [{"value": anna, "display": "anna"}]}
    group = directory.ask("POST", "/Groups", body).json["id"]
    directory.patch(
        group,
        {"op": "remove", "path": f'members[value eq "{anna}"]'},
        {"op": "add", "path": "members", "value": [{"value": ben, "display": "ben@example.org"}]},
        kind="Groups",
    )
    assert [one["value"] for one in directory.get(f"/Groups/{group}")["members"]] == [ben]
    directory.patch(
        group, {"op": "replace", "value": {"id": group, "displayName": "dex-hr-all"}}, kind="Groups"
    )
    assert directory.get("/Groups?startIndex=1&count=100")["Resources"][0]["displayName"] == "dex-hr-all"
    replaced = directory.ask("PUT", f"/Groups/{group}", body | {"members": [{"value": anna}, {"value": ben}]})
    assert {one["value"] for one in replaced.json["members"]} == {anna, ben}


def new_user(user_name: str) -> dict[str, object]:
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": user_name,
        "name": {"givenName": "Ben", "familyName": "Two"},
        "emails": [{"primary": True, "value": user_name, "type": "work"}],
        "displayName": "Ben Two",
        "locale": "en-US",
        "externalId": f"00u-{user_name.lower()}",
        "groups": [],
        "password": "not for us",
        "active": True,
        ENTERPRISE: {"department": "North", "division": "Sales"},
    }
