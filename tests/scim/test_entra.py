"""Requests as Microsoft Entra ID documents them: their shapes, and what becomes of the person behind."""

from conftest import SettableClock
from scim_directory import GROUP, USER, Directory, People

from server.people.fields import ENTERPRISE, LIFECYCLE
from server.people.models import Organisation

JOINER = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Anna.One@example.org",
    "active": True,
    "displayName": "Anna One",
    "emails": [{"primary": True, "type": "work", "value": "anna.one@example.org"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Anna One", "familyName": "One", "givenName": "Anna"},
    "title": "Clerk",
    "phoneNumbers": [{"type": "work", "value": "+49 30 1234"}],
    ENTERPRISE: {"department": "North", "division": "Sales", "employeeNumber": "E1"},
}


def test_a_life_in_a_company(directory: Directory, people: People, clock: SettableClock) -> None:
    manager = directory.create(
        userName="boss@example.org", externalId="boss", enterprise={"department": "Board"}
    )
    # Entra looks before it creates.
    looked = directory.get('/Users?filter=userName eq "Anna.One@example.org"')
    assert (looked["totalResults"], looked.get("Resources", [])) == (0, [])
    anna = directory.ask("POST", "/Users", JOINER).json["id"]
    found = directory.get('/Users?filter=userName eq "ANNA.ONE@example.org"')
    assert [one["id"] for one in found["Resources"]] == [anna]
    assert "phoneNumbers" not in found["Resources"][0]
    row = people.row(anna)
    assert (row.employee_id, row.name, row.email) == (
        JOINER["externalId"],
        "Anna One",
        "anna.one@example.org",
    )
    assert people.teams(anna) == [("2026-03-04", "Sales", "North")]
    # The manager comes later, as a plain string.
    directory.patch(anna, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": manager})
    assert people.row(anna).manager == "boss"
    assert directory.get(f"/Users/{anna}")[ENTERPRISE]["manager"]["value"] == manager
    # Somebody moves: department and division of one request, from that day on.
    clock.now = clock.now.replace(month=6, day=15)
    directory.patch(
        anna,
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "West"},
        {"op": "Replace", "path": f"{ENTERPRISE}:division", "value": "Service"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "anna@example.org"},
    )
    assert people.teams(anna) == [("2026-03-04", "Sales", "North"), ("2026-06-15", "Service", "West")]
    assert people.row(anna).email == "anna@example.org"
    assert directory.get(f'/Users?filter=id eq "{anna}" and manager eq "{manager}"')["totalResults"] == 1
    # The account is closed with a string, and opened again by mistake of nobody.
    clock.now = clock.now.replace(month=8, day=31)
    directory.patch(anna, {"op": "Replace", "path": "active", "value": "False"})
    assert str(people.row(anna).last_day) == "2026-08-31"
    assert people.stage(anna, "2026-09-01") == "left"
    assert directory.get(f"/Users/{anna}")["active"] is False
    directory.patch(anna, {"op": "Replace", "path": "active", "value": "True"})
    assert people.row(anna).last_day is None
    # Later it goes; what was true of the person stays.
    clock.now = clock.now.replace(month=10, day=1)
    assert directory.ask("DELETE", f"/Users/{anna}").status_code == 204
    assert directory.ask("GET", f"/Users/{anna}").status_code == 404
    assert str(people.row(anna).last_day) == "2026-10-01"
    assert people.teams(anna)[0] == ("2026-03-04", "Sales", "North")


def test_values_without_a_path(directory: Directory, people: People) -> None:
    boss = directory.create(userName="boss@example.org")
    anna = directory.create(userName="anna@example.org", enterprise={"department": "North"})
    directory.patch(
        anna,
        {
            "op": "Add",
            "value": {
                "displayName": "Anna",
                f"{ENTERPRISE}:manager": boss,
                f"{ENTERPRISE}:department": "West",
            },
        },
    )
    row = people.row(anna)
    assert (row.name, row.manager) == ("Anna", "boss@example.org")
    assert people.teams(anna) == [("2026-03-04", None, "West")]  # the same day again is a correction
    for nobody in (
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": ""},
        {"op": "Remove", "path": f"{ENTERPRISE}:manager", "value": ""},
        {"op": "Replace", "value": {"title": "Clerk", f"{ENTERPRISE}:manager": ""}},
        {"op": "Replace", "value": {ENTERPRISE: {"manager": None}}},
    ):
        directory.patch(anna, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": [{"value": boss}]})
        assert people.row(anna).manager == "boss@example.org"
        directory.patch(anna, nobody)
        assert people.row(anna).manager is None
    kept = directory.get(f"/Users/{anna}")
    assert (kept["title"], kept[ENTERPRISE]["department"]) == ("Clerk", "West")


def test_days_of_working_life(directory: Directory, people: People, org: Organisation) -> None:
    """Entra sends days as a dateTime; custom attributes go by their whole names."""
    anna = directory.create(
        userName="anna@example.org",
        enterprise={"department": "North"},
        lifecycle={"hire": "2026-01-12T00:00:00Z"},
    )
    assert people.stage(anna, "2026-01-30") == "onboarding"
    assert people.teams(anna) == [("2026-01-12", None, "North")]
    directory.patch(
        anna,
        {"op": "Add", "path": f"{LIFECYCLE}:lastDay", "value": "2026-06-30T00:00:00Z"},
        {"op": "Add", "path": f"{LIFECYCLE}:lastDayKnown", "value": "2026-05-04"},
    )
    assert people.stage(anna, "2026-05-03") == "steady"
    assert people.stage(anna, "2026-06-10") == "offboarding"
    assert people.stage(anna, "2026-07-01") == "left"
    directory.patch(anna, {"op": "Remove", "path": f"{LIFECYCLE}:lastDay"})
    assert people.stage(anna, "2026-07-01") == "steady"


def test_groups_and_their_members(directory: Directory, people: People) -> None:
    anna, ben = (directory.create(userName=f"{name}@example.org") for name in ("anna", "ben"))
    created = directory.ask(
        "POST", "/Groups", {"schemas": [GROUP], "externalId": "g-1", "displayName": "dex-it"}
    )
    group = created.json["id"]
    looked = directory.get('/Groups?excludedAttributes=members&filter=displayName eq "DEX-IT"')
    assert [one["id"] for one in looked["Resources"]] == [group]
    directory.patch(
        group, {"op": "Add", "path": "members", "value": [{"value": anna}, {"value": ben}]}, kind="Groups"
    )
    assert "members" not in directory.get(f"/Groups/{group}?excludedAttributes=members")
    assert {one["value"] for one in directory.get(f"/Groups/{group}")["members"]} == {anna, ben}
    directory.patch(group, {"op": "Remove", "path": "members", "value": [{"value": ben}]}, kind="Groups")
    directory.patch(group, {"op": "Replace", "path": "displayName", "value": "dex-admins"}, kind="Groups")
    assert directory.get(f"/Users/{anna}")["groups"][0]["display"] == "dex-admins"
    assert "groups" not in directory.get(f"/Users/{ben}")
    assert directory.ask("DELETE", f"/Users/{anna}").status_code == 204
    assert "members" not in directory.get(f"/Groups/{group}")
    assert directory.ask("DELETE", f"/Groups/{group}").status_code == 204
