"""Whatever is sent, the door answers in the words of SCIM and never by a fault of its own."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim_directory import GROUP, PATCH, USER, Directory

from server.people.fields import ENTERPRISE, FIELDS, LIFECYCLE

NAMES = (
    *("schemas", "id", "meta", "userName", "name", "emails", "addresses", "active", "groups", "members"),
    *("displayName", "externalId", "value", "type", "primary", "$ref", "manager", "department", "password"),
    *("Operations", "op", "path", "method", "data", "bulkId", "version", "filter", "sortBy", "startIndex"),
    *("count", "attributes", "excludedAttributes", ENTERPRISE, LIFECYCLE, "urn:example:none", ""),
    *(field.scim.rpartition(":")[2] for field in FIELDS),
)
PATHS = (
    *(field.scim for field in FIELDS),
    *("active", "members", "emails", 'emails[type eq "work"]', "emails[", "name.givenName", "a.b.c", "id"),
    *(ENTERPRISE, f"{ENTERPRISE}:manager", "members[value pr].display", "schemas", "meta.created", "groups"),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        (*NAMES, *PATHS, "2026-03-04", "bulkId:1", "a@example.org", "add", "Replace", "POST", "0")
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove"])},
    optional={"path": st.sampled_from(PATHS), "value": VALUES},
)
USERS = st.fixed_dictionaries(
    {"schemas": st.just([USER]), "userName": st.text(min_size=1, max_size=8)},
    optional=dict.fromkeys(("name", "emails", "externalId", "active", ENTERPRISE, LIFECYCLE), VALUES),
)
PATCHES = st.fixed_dictionaries(
    {"schemas": st.just([PATCH]), "Operations": st.lists(OPERATIONS, min_size=1, max_size=3)}
)
BULK = st.fixed_dictionaries(
    {
        "schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]),
        "Operations": st.lists(
            st.fixed_dictionaries(
                {"method": st.sampled_from(["POST", "PATCH", "PUT", "DELETE"])},
                optional={
                    "path": st.sampled_from(["/Users", "/Groups", "/Users/1", "/Users/bulkId:1", "/", ""]),
                    "bulkId": st.sampled_from(["1", "2"]),
                    "data": USERS | PATCHES | VALUES,
                },
            ),
            max_size=3,
        ),
    }
)
SEARCHES = st.fixed_dictionaries(
    {"schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"])},
    optional=dict.fromkeys(("filter", "sortBy", "count", "startIndex", "attributes", "cursor"), VALUES),
)


@pytest.mark.parametrize(
    ("method", "path", "bodies"),
    [
        ("POST", "/Users", USERS | VALUES),
        ("PUT", "/Users/{user}", USERS | VALUES),
        ("PATCH", "/Users/{user}", PATCHES | VALUES),
        ("PATCH", "/Groups/{group}", PATCHES | VALUES),
        ("POST", "/Bulk", BULK | VALUES),
        ("POST", "/Users/.search", SEARCHES | VALUES),
        ("POST", "/.search", SEARCHES | VALUES),
    ],
)
def test_no_body_is_answered_by_a_fault(
    directory: Directory, method: str, path: str, bodies: st.SearchStrategy[Any]
) -> None:
    user = directory.create(userName="anna@example.org", emails=[{"value": "a@example.org", "type": "work"}])
    group = directory.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "g"}).json["id"]
    address = path.format(user=user, group=group)

    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(bodies)
    def ask(body: Any) -> None:
        answer = directory.ask(method, address, json.dumps(body).encode())
        assert answer.status_code < 500 or answer.status_code == 501, (body, answer.text)
        assert answer.status_code == 204 or answer.mimetype == "application/scim+json"
        for one in answer.json.get("Operations", ()) if path == "/Bulk" and answer.json else ():
            assert int(one["status"]) < 500, (body, one)

    ask()
