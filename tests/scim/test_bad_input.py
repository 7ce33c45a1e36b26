"""What cannot be is refused in the words of SCIM, and nothing of it is kept."""

import json
from typing import Any

import pytest
from scim_directory import GROUP, PATCH, USER, Directory, People, user

from server.people.fields import ENTERPRISE, LIFECYCLE
from server.scim import groups, searching
from server.scim.limits import DEEPEST_FILTER, LONGEST_LINE, MOST_BYTES, MOST_FILTER, MOST_OPERATIONS

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def refused(answer: Any, status: int, scim_type: str | None = None) -> str:
    """The sentence of a refusal that is as the standard has it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/scim+json"
    assert answer.json["schemas"] == [ERROR]
    assert answer.json["status"] == str(status)
    assert answer.json.get("scimType") == scim_type
    assert "Traceback" not in answer.text
    return str(answer.json["detail"])


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        (b"", "invalidSyntax"),
        (b"{", "invalidSyntax"),
        (b"[1, 2]", "invalidSyntax"),
        (b"\xff\xfe{}", "invalidSyntax"),
        (b"[" * 9000 + b"]" * 9000, "invalidSyntax"),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, "invalidSyntax"),
        (b'{"userName": "a\\ud800"}', "invalidSyntax"),
        (user(schemas=["urn:example:no"]), "invalidSyntax"),
        (user(schemas=GROUP), "invalidValue"),
        ({"schemas": [USER]}, "invalidValue"),
        (user(userName=""), "invalidValue"),
        (user(userName=" "), "invalidValue"),
        (user(userName={"a": 1}), "invalidValue"),
        (user(userName="a\0b"), "invalidValue"),
        (user(userName="a\u202eb"), "invalidValue"),
        (user(userName="a" * 300), "invalidValue"),
        (user(title="a" * 20_000), "invalidValue"),
        (user(displayName="a" * 300), "invalidValue"),
        (user(emails=[{"type": "work", "value": "no address"}]), "invalidValue"),
        (user(emails="a@example.org"), "invalidValue"),
        (user(active="perhaps"), "invalidValue"),
        (user(lifecycle={"hire": "31.12.2026"}), "invalidValue"),
        (user(lifecycle={"hire": "2026-02-30T00:00:00Z"}), "invalidValue"),
        (user(lifecycle={"hire": "2026-03-04", "lastDay": "2026-03-03"}), "invalidValue"),
        (user(lifecycle={"absenceFrom": "2026-03-04", "absenceTo": "2026-03-03"}), "invalidValue"),
        (user(lifecycle={"stage": "happy"}), "invalidValue"),
        (user(externalId="1", enterprise={"manager": "1"}), "invalidValue"),
    ],
)
def test_a_user_that_cannot_be(directory: Directory, people: People, body: Any, scim_type: str) -> None:
    refused(directory.ask("POST", "/Users", body), 400, scim_type)
    assert people.count() == 0
    assert directory.get("/Users")["totalResults"] == 0


def test_what_nobody_declared_is_left_out(directory: Directory) -> None:
    told = user(mood="good", photos=[{"value": "https://example.org/a.png"}], password="secret")
    told["urn:example:private:1.0:User"] = {"salary": 1}
    answer = directory.ask("POST", "/Users", told)
    assert answer.status_code == 201
    kept = json.dumps(directory.get(f"/Users/{answer.json['id']}"))
    for word in ("mood", "photos", "secret", "salary"):
        assert word not in kept


def test_a_patch_is_taken_whole_or_not_at_all(directory: Directory, people: People) -> None:
    anna = directory.create(userName="anna@example.org", displayName="Anna")
    body = {
        "schemas": [PATCH],
        "Operations": [
            {"op": "replace", "path": "displayName", "value": "Other"},
            {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "West"},
            {"op": "replace", "path": f"{LIFECYCLE}:hire", "value": "soon"},
        ],
    }
    assert "hire" in refused(directory.ask("PATCH", f"/Users/{anna}", body), 400, "invalidValue")
    assert (people.row(anna).name, people.teams(anna)) == ("Anna", [])
    assert directory.get(f"/Users/{anna}")["displayName"] == "Anna"
    for operations in ([], [{"op": "sing"}], [{"op": "replace", "path": "emails[", "value": 1}], "all", [1]):
        answer = directory.ask("PATCH", f"/Users/{anna}", {"schemas": [PATCH], "Operations": operations})
        assert answer.status_code == 400, operations
    assert refused(directory.ask("PATCH", f"/Users/{anna}", {"schemas": [USER]}), 400, "invalidSyntax")


def test_managers_in_a_circle(directory: Directory, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [directory.create(userName=f"{n}@example.org", externalId=f"E{n}") for n in range(4)]
    for below, above in ((0, 1), (1, 2), (2, 3)):
        directory.patch(ids[below], {"op": "add", "path": f"{ENTERPRISE}:manager", "value": ids[above]})
    operation = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": ids[0]}
    body = {"schemas": [PATCH], "Operations": [operation]}
    told = refused(directory.ask("PATCH", f"/Users/{ids[3]}", body), 400, "invalidValue")
    assert told == "Nobody manages themselves, nor their own manager."
    assert people.row(ids[3]).manager is None
    assert LONGEST_LINE > 4
    monkeypatch.setattr("server.scim.people.LONGEST_LINE", 2)
    new = user(userName="new@example.org", enterprise={"manager": ids[0]})
    assert "managers" in refused(directory.ask("POST", "/Users", new), 400, "invalidValue")


@pytest.mark.parametrize(
    "filter_",
    [
        "(" * (DEEPEST_FILTER + 1) + "userName pr" + ")" * (DEEPEST_FILTER + 1),
        "not (" * 500 + "userName pr" + ")" * 500,
        " or ".join(['userName eq "a"'] * (MOST_FILTER // 10)),
        "userName",
        'userName like "a"',
        'mood eq "good"',
        'active gt "a"',
        "userName eq",
        '"',
        "\0",
    ],
)
def test_a_filter_that_is_not_read(directory: Directory, filter_: str) -> None:
    answer = directory.client.get(
        "/scim/v2/Users",
        query_string={"filter": filter_},
        headers={"Authorization": f"Bearer {directory.token}"},
    )
    refused(answer, 400, "invalidFilter")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter_}
    assert directory.ask("POST", "/Users/.search", body).status_code == 400


def test_what_would_take_too_long_to_find(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        directory.create(userName=f"{n}@example.org", title="Clerk")
    monkeypatch.setattr(searching, "MOST_WALKED", 2)
    told = refused(directory.ask("GET", '/Users?filter=title eq "Clerk"'), 400, "tooMany")
    assert "username" in told
    refused(directory.ask("GET", "/Users?sortBy=title"), 400, "tooMany")
    assert directory.get('/Users?filter=title pr and userName eq "1@EXAMPLE.org"')["totalResults"] == 1
    assert directory.get("/Users?startIndex=2&count=1")["totalResults"] == 3


def test_groups_that_are_too_large_or_of_nobody(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = (directory.create(userName=f"{name}@example.org") for name in ("anna", "ben"))
    group = {"schemas": [GROUP], "displayName": "dex-it", "members": [{"value": anna}, {"value": ben}]}
    monkeypatch.setattr(groups, "MOST_MEMBERS", 1)
    refused(directory.ask("POST", "/Groups", group), 400, "invalidValue")
    unknown = "3f1f2b8c-0000-4000-8000-000000000000"
    for member in (unknown, "boss", ""):
        body = group | {"members": [{"value": member}]}
        refused(directory.ask("POST", "/Groups", body), 400, "invalidValue")
    assert directory.get("/Groups")["totalResults"] == 0


def test_bodies_and_bulk_requests_have_limits(directory: Directory, people: People) -> None:
    refused(directory.ask("POST", "/Users", b'{"title": "' + b"a" * MOST_BYTES + b'"}'), 413)
    operation = {"method": "POST", "path": "/Users", "data": user()}
    many = [operation | {"bulkId": str(n), "data": user(userName=f"{n}")} for n in range(MOST_OPERATIONS + 1)]
    refused(directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": many}), 413)
    assert people.count() == 0
    mixed = [
        many[0],
        {"method": "POST", "path": "/Users", "bulkId": "bad", "data": user(lifecycle={"hire": "soon"})},
        {"method": "POST", "path": "/Moods", "bulkId": "none", "data": {}},
        {"method": "DELETE", "path": "/Users/none"},
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": "last",
            "data": user(userName="last", enterprise={"manager": "bulkId:0"}),
        },
    ]
    answer = directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": mixed})
    assert [one["status"] for one in answer.json["Operations"]] == ["201", "400", "404", "404", "201"]
    assert people.count() == 2
    last = answer.json["Operations"][-1]["location"].rpartition("/")[2]
    assert people.row(last).manager == "0"
    stopped = {"schemas": [BULK], "failOnErrors": 1, "Operations": [mixed[1], many[5]]}
    assert len(directory.ask("POST", "/Bulk", stopped).json["Operations"]) == 1
    assert people.count() == 2


def test_an_older_version_changes_nothing(directory: Directory, people: People) -> None:
    anna = directory.create(userName="anna@example.org", displayName="Anna")
    old = directory.ask("GET", f"/Users/{anna}").headers["ETag"]
    assert directory.ask("GET", f"/Users/{anna}", If_None_Match=old).status_code == 304
    directory.patch(anna, {"op": "replace", "path": "displayName", "value": "Anna One"})
    for method, body in (("PUT", user(userName="anna@example.org")), ("DELETE", None)):
        refused(directory.ask(method, f"/Users/{anna}", body, If_Match=old), 412)
    assert people.row(anna).name == "Anna One"


def test_addresses_and_methods_that_are_not_there(directory: Directory) -> None:
    refused(directory.ask("GET", "/Moods"), 404)
    refused(directory.ask("GET", "/Users/a/b"), 404)
    refused(directory.ask("GET", "/Users/none%00"), 404)
    refused(directory.ask("DELETE", "/Users"), 405)
    refused(directory.ask("GET", "/Me"), 501)
    refused(directory.ask("POST", "/Users", b"a=b", Content_Type="application/x-www-form-urlencoded"), 415)
