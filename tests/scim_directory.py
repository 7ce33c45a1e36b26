"""An identity provider, as far as requests go, and what they made of people here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.db import Store
from server.people.fields import ENTERPRISE, LIFECYCLE
from server.people.models import AssignmentRow, Organisation, PersonRow
from server.people.queries import directory as directory_of_people
from server.people.stages import Person, stage_on
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


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def new_directory(app: Flask, store: Store, org: Organisation, today: date) -> Directory:
    with store.transaction() as session:
        _, token = create_token(session, org.org_id, "directory", today, 730)
    return Directory(app.test_client(), token)


@dataclass(frozen=True)
class People:
    """What became of people, as the rest of the product reads it."""

    store: Store
    org_id: UUID

    def row(self, person_id: str) -> PersonRow:
        with self.store.reading() as session:
            return session.get_one(PersonRow, (self.org_id, UUID(person_id)))

    def count(self) -> int:
        query = sa.select(sa.func.count()).select_from(PersonRow).where(PersonRow.org_id == self.org_id)
        with self.store.reading() as session:
            return session.scalar(query)

    def teams(self, person_id: str) -> list[tuple[str, str | None, str | None]]:
        """First day, unit and team of each place, the oldest first."""
        row = AssignmentRow
        query = (
            sa.select(row.assignment_from, row.unit, row.team)
            .where(row.org_id == self.org_id, row.person_id == UUID(person_id))
            .order_by(row.assignment_from)
        )
        with self.store.reading() as session:
            return [(since.isoformat(), unit, team) for since, unit, team in session.execute(query)]

    def person(self, person_id: str) -> Person:
        with self.store.reading() as session:
            return next(
                one for one in directory_of_people(session, self.org_id).people if one.id == person_id
            )

    def stage(self, person_id: str, day: str) -> str:
        return stage_on(self.person(person_id), date.fromisoformat(day))
