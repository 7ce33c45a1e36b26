"""Whoever the directory names as manager of one team sees that team, its unit and the company, from request
to request."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from synthetic_company import FIVE_TEAMS, Company

from server.access.accounts import create_account
from server.access.cookies import COOKIE
from server.access.store import open_for_account
from server.db import Store
from server.people.models import Organisation, PersonRow
from server.privacy.release_store import save_release


@pytest.fixture
def lead(client: FlaskClient, store: Store, org: Organisation, clock, employ: Callable[..., UUID]) -> UUID:
    """Signed in: the manager of two people of Web, who belongs to Data. Five teams are released."""
    person_id = employ("1", team="Data")
    employ("2", team="Web", manager="1")
    employ("3", team="Web", manager="1")
    with store.transaction() as session:
        for release in Company(FIVE_TEAMS, 12).releases(4):
            save_release(session, org.org_id, release, clock().date())
        create_account(session, org.org_id, "lead", clock().date(), person_id)
        client.set_cookie(COOKIE, open_for_account(session, org.org_id, "lead", clock().date()))
    return person_id


def seen(client: FlaskClient) -> set[str]:
    answer = client.get("/api/v1/groups")
    assert answer.status_code == 200, answer.text
    return {group["group"] for group in answer.json["groups"] if "|" not in group["group"]}


def change(store: Store, org: Organisation, employee_id: str, **columns: object) -> None:
    with store.transaction() as session:
        session.execute(
            sa.update(PersonRow)
            .where(PersonRow.org_id == org.org_id, PersonRow.employee_id == employee_id)
            .values(**columns)
        )


def test_a_lead_sees_the_team_they_lead_its_unit_and_the_company(client: FlaskClient, lead: UUID) -> None:
    groups = seen(client)
    assert {name for name in groups if name.startswith("team:")} == {"team:Web"}
    assert {name for name in groups if name.startswith("unit:")} == {"unit:Product"}
    assert "company:company" in groups
    assert client.get("/api/v1/groups/team/Web").status_code == 200
    for hidden in ("team/Data", "team/North", "unit/Sales", "cell/North|steady"):
        assert client.get(f"/api/v1/groups/{hidden}").status_code == 403, hidden


def test_with_another_manager_the_lead_is_an_employee_at_the_next_request(
    client: FlaskClient, lead: UUID, store: Store, org: Organisation
) -> None:
    assert "team:North" not in seen(client)
    for employee_id in ("2", "3"):
        change(store, org, employee_id, manager="4")
    assert {f"team:{team}" for team in FIVE_TEAMS} <= seen(client), "what every employee sees"


def test_who_manages_people_of_several_teams_leads_none_but_the_own(
    client: FlaskClient, lead: UUID, employ: Callable[..., UUID]
) -> None:
    employ("5", team="North", manager="1")
    assert "team:South" in seen(client), "an employee now"
    employ("6", team="Data", manager="1")
    assert {name for name in seen(client) if name.startswith("team:")} == {"team:Data"}


def test_a_lead_who_left_is_out_at_the_next_request(
    client: FlaskClient, lead: UUID, store: Store, org: Organisation, clock
) -> None:
    change(store, org, "1", last_day=clock().date())
    assert client.get("/api/v1/groups").status_code == 200
    clock.advance(days=1)
    assert client.get("/api/v1/groups").status_code == 401


def test_people_who_left_make_nobody_a_lead(
    client: FlaskClient, lead: UUID, store: Store, org: Organisation, clock
) -> None:
    for employee_id in ("2", "3"):
        change(store, org, employee_id, last_day=clock().date() - timedelta(days=1))
    assert "team:North" in seen(client)
