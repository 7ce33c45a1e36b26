"""Keys of programs: made once, for a scope, as a role, until a day; good for reading and nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from synthetic_company import FIVE_TEAMS, Company

from server.access import guard
from server.access.audit_models import AuditRow
from server.access.key_models import ApiKeyRow
from server.access.keys import MOST_KEY_DAYS, MOST_KEYS, create_key, revoke_key
from server.access.permissions import Scope
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.cli import main
from server.config import Settings
from server.db import Store
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.privacy.release_store import save_release
from server.web import rates

GROUPS = "/api/v1/groups"


@pytest.fixture
def make(store: Store, org: Organisation, clock) -> Callable[..., str]:
    """A key of the organisation, for results as HR unless told otherwise."""

    def made(
        name: str = "reports", role: Role = Role.HR, scope: Scope = Scope.RESULTS, days: int = 30
    ) -> str:
        today = clock().date()
        with store.transaction() as session:
            last_day = today + timedelta(days=days)
            return create_key(session, org.org_id, name, role, {scope}, today, last_day)[0]

    return made


@pytest.fixture
def released(store: Store, org: Organisation, clock) -> None:
    with store.transaction() as session:
        for release in Company(FIVE_TEAMS, 12).releases(4):
            save_release(session, org.org_id, release, clock().date())


def get(client: FlaskClient, key: str, path: str = GROUPS, **more: str):
    return client.get(path, headers={"Authorization": f"Bearer {key}"}, **more)


@pytest.mark.parametrize(
    ("role", "sees_as"), [(Role.HR, Role.HR), (Role.IT, Role.IT), (Role.AUDITOR, Role.HR)]
)
def test_a_key_reads_what_its_role_sees(
    client: FlaskClient, make, released, store: Store, org: Organisation, clock, role: Role, sees_as: Role
) -> None:
    by_key = get(client, make(role=role))
    with store.transaction() as session:
        token = create_link(session, Grant(org.org_id, sees_as), clock(), timedelta(hours=1))
    client.get(f"/sign-in/{token}")
    assert by_key.json["groups"]
    assert by_key.json == client.get(GROUPS).json


def test_a_key_has_no_other_scope_no_pages_and_changes_nothing(client, make, app: Flask) -> None:
    key = make()
    assert get(client, key, "/api/v1/faults").status_code == 403
    assert get(client, key, "/api/v1/audit").status_code == 403
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.post("/api/v1/enroll", json={}, headers=bearer).status_code in (401, 422)
    assert client.get("/api/v1/policy", headers=bearer).status_code == 401


def test_a_key_ends_with_its_day_and_at_once_when_it_is_revoked(client, make, released, store, org, clock):
    key, other = make(days=1), make("other")
    clock.advance(days=1)
    assert get(client, key).status_code == 200
    clock.advance(days=1)
    assert get(client, key).status_code == 401
    assert get(client, other).status_code == 200
    with store.transaction() as session:
        revoke_key(session, org.org_id, "other", clock().date())
    refused = get(client, other)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_what_looks_like_a_key_is_none(client, make, org) -> None:
    key = make()
    head, rest = key[:38], key[38:]
    for wrong in (key[:-1], key + "A", f"{head}{rest[::-1]}", "dexk_", f"dexk_{'0' * 32}_{'a' * 43}"):
        assert get(client, wrong).status_code == 401, wrong


def test_a_key_of_another_organisation_sees_that_one_alone(client, make, released, store, clock) -> None:
    today = clock().date()
    with store.transaction() as session:
        other = create_organisation(session, "other", "Other", today).org_id
        key, _ = create_key(session, other, "reports", Role.HR, {Scope.RESULTS}, today, today)
    make()
    assert get(client, key).status_code == 404  # nothing was released there


def test_the_day_of_the_last_use_is_kept_and_no_time(client, make, released, store, org, clock) -> None:
    key = make()
    get(client, key)
    clock.advance(days=3)
    get(client, key)
    get(client, key)
    with store.reading() as session:
        row = session.scalars(sa.select(ApiKeyRow).where(ApiKeyRow.org_id == org.org_id)).one()
    assert (row.last_used_on, row.created_on) == (clock().date(), clock().date() - timedelta(days=3))
    assert key not in str(vars(row))


def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    client, make, released, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr(rates, "BURST_SECONDS", 1.0)
    app.extensions["key_rate"] = rates.Rate(guard.KEY_RATE)
    key, other = make(), make("other")
    answers = [get(client, key) for _ in range(4)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert get(client, other).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "letters"),
        ({"name": "a\nb"}, "letters"),
        ({"days": MOST_KEY_DAYS + 1}, "365 days at most"),
        ({"days": -1}, "365 days at most"),
        ({"role": Role.HR, "scope": Scope.FAULTS}, "does not see faults:read"),
        ({"role": Role.ADMIN}, "does not see results:read"),
    ],
)
def test_what_no_key_may_be_is_refused(make, wrong, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make(**wrong)


def test_a_name_is_free_again_when_its_key_ended(make, store, org, clock) -> None:
    make()
    with pytest.raises(UsageError, match="already"):
        make()
    with store.transaction() as session:
        revoke_key(session, org.org_id, "reports", clock().date())
    make()


def test_there_are_so_many_keys_and_no_more(make) -> None:
    for number in range(MOST_KEYS):
        make(f"{number}")
    with pytest.raises(UsageError, match="revoke those"):
        make("one more")


def test_commands_make_list_and_revoke_and_the_audit_log_says_so(
    settings: Settings, store: Store, org: Organisation
) -> None:
    def run(*words: str) -> Result:
        return CliRunner(env={"DEX_DATABASE_URL": settings.database_url}).invoke(
            main, ["api-keys", *words, "--data", str(settings.data)]
        )

    made = run("create", "reports", "--as", "auditor", "--scope", "results:read", "--days", "90")
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    assert key.startswith("dexk_")
    assert run("list").stdout.split("\t")[:2] == ["reports", "good"]
    assert "never used" in run("list").stdout
    assert run("revoke", "reports").exit_code == 0
    assert run("list").stdout.split("\t")[1] == "revoked"
    again = run("revoke", "reports")
    assert (again.exit_code, "no key “reports” that is good" in again.output) == (2, True)
    assert run("create", "x", "--as", "hr", "--scope", "audit:read", "--days", "9").exit_code == 2
    with store.reading() as session:
        entries = session.scalars(sa.select(AuditRow).where(AuditRow.org_id == org.org_id)).all()
    assert [entry.action for entry in entries] == ["api key made", "api key revoked"]
    assert key not in str([vars(entry) for entry in entries])
