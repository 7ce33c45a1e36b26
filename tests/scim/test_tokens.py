"""A directory is known by its token: several at once, each until it ends, each for one organisation."""

from datetime import timedelta

from click.testing import CliRunner
from conftest import SettableClock
from flask import Flask
from scim_directory import Directory, new_directory

from server.cli import main
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.scim.tokens import create_token, revoke_token, tokens


def status(directory: Directory) -> int:
    return directory.ask("GET", "/Users").status_code


def test_who_brings_no_good_token_is_told_so(app: Flask, directory: Directory) -> None:
    client = app.test_client()
    for given in ({}, {"Authorization": "Bearer dexi_no"}, {"Authorization": f"Basic {directory.token}"}):
        answer = client.get("/scim/v2/Users", headers=given)
        assert (answer.status_code, answer.mimetype) == (401, "application/scim+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Bulk", "/Me", "/", "/a/b/c"):
        assert client.get(f"/scim/v2{path}").status_code == 401


def test_one_is_replaced_without_a_gap(
    store: Store, org: Organisation, directory: Directory, clock: SettableClock
) -> None:
    today = clock().date()
    with store.transaction() as session:
        _, second = create_token(session, org.org_id, "second", today, 1)
    new = Directory(directory.client, second)
    assert (status(directory), status(new)) == (200, 200)
    with store.transaction() as session:
        assert revoke_token(session, org.org_id, "directory", today) is not None
        assert revoke_token(session, org.org_id, "directory", today) is None
    assert (status(directory), status(new)) == (401, 200)
    clock.advance(days=1)
    assert status(new) == 200
    clock.advance(days=1)
    assert status(new) == 401
    with store.reading() as session:
        used = {row.name: row.last_used_on for row in tokens(session, org.org_id)}
    assert used == {"directory": today, "second": today + timedelta(days=1)}


def test_each_sees_its_own_organisation(app: Flask, store: Store, directory: Directory, clock) -> None:
    today = clock().date()
    with store.transaction() as session:
        other = create_organisation(session, f"other-{directory.token[5:12]}", "Other", today)
    stranger = new_directory(app, store, other, today)
    anna = directory.create(userName="anna@example.org", externalId="1")
    assert stranger.ask("GET", f"/Users/{anna}").status_code == 404
    assert stranger.ask("DELETE", f"/Users/{anna}").status_code == 404
    assert stranger.get('/Users?filter=userName eq "anna@example.org"')["totalResults"] == 0
    assert stranger.create(userName="anna@example.org", externalId="1") != anna
    assert directory.get("/Users")["totalResults"] == 1


def test_commands_make_list_and_end_one(store: Store, org: Organisation, app: Flask, tmp_path) -> None:
    run = CliRunner(env={"DEX_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})

    def command(*words: str):
        return run.invoke(main, ["scim-token", *words, "--org", org.slug, "--data", str(tmp_path)])

    made = command("create", "okta", "--days", "90")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert token.startswith("dexi_")
    assert command("create", "okta").exit_code == 2
    assert "okta\tgood\t" in command("list").stdout
    assert token not in command("list").output
    assert command("revoke", "okta").exit_code == 0
    assert "okta\trevoked\t" in command("list").stdout
    again = command("revoke", "okta")
    assert (again.exit_code, "no good token" in again.output) == (2, True)
    noted = run.invoke(main, ["audit", "export", "--org", org.slug, "--data", str(tmp_path)]).stdout
    assert noted.count("scim token") == 2
    assert token not in noted
