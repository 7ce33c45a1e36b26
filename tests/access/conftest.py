"""The pages with a sign-in provider, and people of the directory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import openid_issuer
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openid_issuer import Issuer, settings_for

from dashboards import create_app
from server.access.queries import DirectoryGroups
from server.config import Settings
from server.db import Store
from server.people.models import AssignmentRow, Organisation, PersonRow
from server.people.store import person_id_of


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with openid_issuer.running() as made:
        yield made


@pytest.fixture
def directory_groups() -> dict[str, set[str]]:
    """What the directory says of groups; a test changes it."""
    return {"known": set(), "member": set()}


@pytest.fixture
def pages(
    tmp_path, store: Store, clock, org: Organisation, issuer: Issuer, directory_groups: dict[str, set[str]]
) -> Iterator[Flask]:
    """The pages, to which the issuer leads."""
    settings = Settings(tmp_path, "", secret_key="only for tests", oidc=settings_for(issuer))
    made = create_app(settings, store, clock)
    rules = made.extensions["access_rules"]
    made.extensions["access_rules"] = replace(rules, groups_of=lambda *_: DirectoryGroups(**directory_groups))
    yield made
    made.extensions["writer"].close()


@pytest.fixture
def visitor(pages: Flask) -> FlaskClient:
    return pages.test_client()


@pytest.fixture
def employ(store: Store, org: Organisation) -> Callable[..., UUID]:
    """Puts somebody into the directory, with a team if one is named."""

    def employed(employee_id: str, team: str | None = None, **columns: object) -> UUID:
        key = {"org_id": org.org_id, "person_id": person_id_of(org.org_id, employee_id)}
        since = org.created_on - timedelta(days=400)
        with store.transaction() as session:
            session.add(PersonRow(**key, employee_id=employee_id, **columns))
            if team is not None:
                session.add(AssignmentRow(**key, assignment_from=since, team=team))
        return key["person_id"]

    return employed
