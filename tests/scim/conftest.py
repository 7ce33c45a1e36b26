"""A directory that speaks SCIM with the collector."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.clock import Clock
from server.db import Store
from server.people.fields import ENTERPRISE, LIFECYCLE
from server.people.models import Organisation
from server.scim.tokens import create_token

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Directory:
    """Asks as an identity provider does."""

    client: FlaskClient
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.client.open(
            f"/scim/v2{path}",
            method=method,
            data=None if body is None else body if isinstance(body, bytes) else json.dumps(body),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/scim+json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def create(self, **values: Any) -> str:
        """Id of a new user. `enterprise` and `lifecycle` are attributes of these extensions."""
        answer = self.ask("POST", "/Users", user(**values))
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def patch(self, user_id: str, *operations: Mapping[str, Any], kind: str = "Users") -> TestResponse:
        body = {"schemas": [PATCH], "Operations": list(operations)}
        answer = self.ask("PATCH", f"/{kind}/{user_id}", body)
        assert answer.status_code in (200, 204), answer.text
        return answer

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json


def user(**values: Any) -> dict[str, Any]:
    made = {"schemas": [USER], "userName": "a.one@example.org", "active": True, **values}
    for name, urn in (("enterprise", ENTERPRISE), ("lifecycle", LIFECYCLE)):
        if name in made:
            made[urn] = made.pop(name)
            made["schemas"] = [*made["schemas"], urn]
    return made


@pytest.fixture
def directory(app: Flask, store: Store, org: Organisation, clock: Clock) -> Iterator[Directory]:
    with store.transaction() as session:
        _, token = create_token(session, org.org_id, "directory", clock().date(), 30)
    yield Directory(app.test_client(), token)
