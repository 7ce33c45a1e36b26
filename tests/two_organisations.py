"""One application over two organisations: one with laptops, people and releases, and one whose every row is
marked, so that whatever of it comes out is seen."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import factories
import laptop_days
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from synthetic_company import FIVE_TEAMS, Company

from dashboards import create_app
from server.access.cookies import COOKIE
from server.access.keys import create_key
from server.access.permissions import KEY_ROLES, Scope
from server.access.roles import Grant, Role
from server.access.store import open_session
from server.config import Settings
from server.db import Store
from server.devices.store import create_enrolment_key
from server.people.csv_import import read_people
from server.people.organisations import MAIN, create_organisation, org_id_of
from server.people.store import person_id_of, save_people
from server.privacy.release_store import save_release
from server.schema import metadata
from server.scim.tokens import create_token

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
MARK = "OF-THE-OTHER"
"""In every text of the other organisation."""
OTHER = org_id_of("other")
DAY = date(2026, 3, 27)
FAR_AWAY = {"REMOTE_ADDR": "192.0.2.9"}
"""Watchers on the collector's own machine need no token."""
PEOPLE = b"employee_id,name,unit,team,manager\n1,Ann,Product,Web,\n2,Bob,Product,Web,1\n"


@dataclass(frozen=True)
class World:
    app: Flask
    store: Store
    org_id: UUID
    laptop: factories.EnrolledDevice
    batch_id: UUID
    enrolment_key: str
    directory_token: str
    keys: Mapping[tuple[Role, Scope], str]
    cookies: dict[Role, str] = field(default_factory=dict)
    """A session of each role that lasts."""

    def client(self, role: Role | None = None, lasting: bool = False) -> FlaskClient:
        """Somebody of the first organisation in this role, with a laptop of the own; or nobody.

        `lasting`: in the session of before, which what is asked for does not end.
        """
        client = self.app.test_client()
        client.environ_base.update(FAR_AWAY)
        if role is not None:
            if not lasting:
                client.set_cookie(COOKIE, self._sign_in(role))
            else:
                if role not in self.cookies:
                    self.cookies[role] = self._sign_in(role)
                client.set_cookie(COOKIE, self.cookies[role])
        return client

    def _sign_in(self, role: Role) -> str:
        grant = Grant(
            self.org_id,
            role,
            person_id=person_id_of(self.org_id, "1"),
            device_id=self.laptop.device_id,
            group_name="Web",
        )
        with self.store.transaction() as session:
            return open_session(session, grant, NOW.date())

    def rows_of_the_other(self) -> dict[str, list[tuple[Any, ...]]]:
        return rows_of_organisation(self.store, OTHER)


@contextmanager
def two_organisations(folder: Path, store: Store) -> Iterator[World]:
    with store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", NOW.date() - timedelta(days=90)).org_id
        save_people(session, org_id, read_people(PEOPLE), NOW.date())
        for release in Company(FIVE_TEAMS, 12).releases(4):
            save_release(session, org_id, release, NOW.date())
        laptop = factories.enrol_device(session, org_id, NOW.date())
        enrolment_key = create_enrolment_key(session, org_id, NOW.date())
        _, directory_token = create_token(session, org_id, "directory", NOW.date(), 1)
        keys = {
            (role, scope): create_key(
                session, org_id, f"{role} {scope}", role, [scope], NOW.date(), NOW.date()
            )[0]
            for scope, roles in KEY_ROLES.items()
            for role in sorted(roles)
        }
    fill_organisation(store, OTHER)
    settings = Settings(
        folder, "", secret_key="x", metrics_token="m", device_rate=0, address_rate=0, released_as=""
    )
    app = create_app(settings, store, lambda: NOW)
    app.config["WTF_CSRF_METHODS"] = []  # tests of its own hold it; here it would refuse first
    sent = laptop_days.batch(DAY, summary=laptop_days.summary()) | {"install_id": str(laptop.install_id)}
    headers = laptop.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    client = app.test_client()
    assert client.post("/api/v1/batches", data=laptop_days.packed(sent), headers=headers).status_code == 200
    yield World(app, store, org_id, laptop, UUID(sent["batch_id"]), enrolment_key, directory_token, keys)
    app.extensions["writer"].close()


def rows_of_organisation(store: Store, org_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """All that the store has of an organisation, by table."""
    with store.engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).where(table.c.org_id == org_id))
            ]
            for table in metadata.sorted_tables
            if "org_id" in table.c
        }


def fill_organisation(store: Store, org_id: UUID) -> None:
    """A row of an organisation that has nothing yet, in every table."""
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if "org_id" in table.c:
                values = {column.name: value_of(column, org_id) for column in table.columns}
                connection.execute(sa.insert(table).values(values))


def value_of(column: sa.Column[Any], org_id: UUID = OTHER) -> Any:
    """A column of one name holds the same in every table, so that rows belong together."""
    if column.name == "org_id":
        return org_id
    if column.name == "timezone":
        return "UTC"
    if isinstance(column.type, sa.JSON):
        return {MARK: [MARK]}
    return {
        UUID: uuid5(org_id, column.name),
        date: DAY,
        datetime: NOW + timedelta(days=1),
        float: 1.0,
        int: 1,
        bool: False,
        bytes: MARK.encode(),
        str: f"{MARK} {column.name}",
    }[column.type.python_type]


def value_called(name: str) -> Any:
    """What the other organisation has in a column of this name; its mark if there is no such column."""
    for table in metadata.sorted_tables:
        if "org_id" in table.c and name in table.c:
            return value_of(table.c[name])
    return f"{MARK} {name}"
