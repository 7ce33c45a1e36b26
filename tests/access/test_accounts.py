"""Accounts with a password: the first administrator, wrong passwords, and what ends a session."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from openid_issuer import form_token, role_of

from server.access import passwords
from server.access.accounts import MOST_REFUSED, TOLD_AFTER
from server.access.audit_models import AuditRow
from server.access.cookies import COOKIE
from server.access.grants import Holder, grant_role, withdraw_role
from server.access.models import AccountRow, LoginLink, PageSession
from server.access.roles import Role
from server.access.tries import Tries
from server.cli import main
from server.people.models import PersonRow
from server.people.organisations import create_organisation

GOOD = "vier Wörter ohne Sinn"
NEW = "another one of the same"


class Quick(PasswordHasher):
    """The same as ours with hardly any work; notes what was checked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checked = []

    def verify(self, kept, password):
        self.checked.append(kept)
        return super().verify(kept, password)


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch):
    hasher = Quick()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    passwords._of_nobody.cache_clear()
    yield hasher
    passwords._of_nobody.cache_clear()


@pytest.fixture
def command(tmp_path, store, org):
    """Runs `dex-server accounts …` on the store; gives what it prints."""
    url = store.engine.url.render_as_string(hide_password=False)

    def run(*words: str, fails: bool = False) -> str:
        done = CliRunner(env={"DEX_DATABASE_URL": url}).invoke(
            main, ["accounts", *words, "--data", str(tmp_path)]
        )
        assert done.exit_code == (2 if fails else 0), done.output
        return done.output if fails else done.stdout.strip()

    return run


@pytest.fixture
def alice(command, visitor):
    """An administrator with a password, signed out."""
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    set_password(visitor, path)
    leave(visitor)
    return "alice"


def set_password(client, path, password=GOOD, **more):
    data = {"password": password, "again": password, "csrf_token": form_token(client, path), **more}
    return client.post(path, data=data)


def enter(client, name="alice", password=GOOD, **more):
    data = {"name": name, "password": password, "csrf_token": form_token(client, "/sign-in"), **more}
    return client.post("/sign-in", data=data)


def leave(client):
    return client.post("/auth/logout", data={"csrf_token": form_token(client)})


def told(store, org):
    with store.reading() as session:
        rows = session.query(AuditRow).where(AuditRow.org_id == org.org_id).order_by(AuditRow.number)
        return [(row.who, row.action, row.about) for row in rows]


def test_the_first_administrator_comes_in_by_a_link_that_sets_a_password_once(command, visitor, store, org):
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    assert enter(visitor, password="").status_code == 401
    assert visitor.get(path).status_code == 200
    assert visitor.get(path).status_code == 200, "a look spends nothing"
    assert set_password(visitor, path).status_code == 302
    assert role_of(visitor) == "administrator"
    assert visitor.get(path).status_code == 410
    leave(visitor)
    assert role_of(visitor) is None
    assert enter(visitor, "ALICE ").location == "/"
    assert role_of(visitor) == "administrator"
    assert told(store, org)[:2] == [
        ("command line", "account created", "account alice"),
        ("command line", "role granted", "admin to account alice"),
    ]
    with store.reading() as session:
        kept = session.get_one(AccountRow, (org.org_id, "alice"))
    assert kept.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("shorter", "at least 12 characters"),
        ("x" * 257, "at most 256 characters"),
        ("Password2026!!", "tried first"),
        ("P4$$w0rd-2026-!", "tried first"),
        ("alice-alice-alice", "tried first"),
        ("abcdefghijklmn", "tried first"),
        ("987654321098", "tried first"),
        ("aaaaaaaaaaaab", "tried first"),
    ],
)
def test_a_password_that_is_tried_first_is_refused_with_a_reason(command, visitor, password, why):
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    answer = set_password(visitor, path, password)
    assert answer.status_code == 422
    assert why in answer.text
    assert password not in answer.text
    assert visitor.get_cookie(COOKIE) is None


def test_the_two_passwords_must_be_the_same(command, visitor):
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    assert set_password(visitor, path, again=NEW).status_code == 422


def test_a_new_link_ends_the_one_before(command, visitor):
    first = command("create", "Alice", "--role", "admin").partition("8765")[2]
    command("password", "alice")
    assert visitor.get(first).status_code == 410


def test_a_link_for_a_password_is_no_link_to_sign_in(command, visitor):
    token = command("create", "Alice", "--role", "admin").rpartition("/")[2]
    assert visitor.get(f"/sign-in/{token}").status_code == 410
    assert visitor.get(f"/sign-in/{token.replace('dexp', 'dexl')}").status_code == 410


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(visitor, alice, command, quick_hasher):
    command("create", "closed", "--role", "it")
    command("disable", "closed")
    quick_hasher.checked.clear()
    answers = [
        enter(visitor, name, "no such password")
        for name in ("alice", "nobody", "closed", "no name at all!", "")
    ]
    pages = {
        re.sub(r'(name="(csrf_token|name)"|value)[^>]*value="[^"]*"', "", one.text).replace('value=""', "")
        for one in answers
    }
    assert {one.status_code for one in answers} == {401}
    assert len(pages) == 1
    assert len(quick_hasher.checked) == 5, "the same work for each"


def test_brute_force_is_slowed_down_for_any_name(visitor, alice):
    for name in ("alice", "nobody"):
        answers = [enter(visitor, name, f"guess number {n}").status_code for n in range(13)]
        assert (answers[:10], answers[-1]) == ([401] * 10, 429)
    late = enter(visitor)
    assert (late.status_code, int(late.headers["Retry-After"]) > 0) == (429, True)


def test_writing_a_name_in_another_way_is_no_further_try(visitor, alice):
    ways = ["alice", "ALICE", " alice ", "ａｌｉｃｅ", "Alice\t"]
    answers = [enter(visitor, ways[n % len(ways)], f"guess number {n}").status_code for n in range(13)]
    assert answers[-1] == 429
    assert enter(visitor, "a" * 100_000, "whatever").status_code == 401


def test_many_wrong_passwords_are_told_and_then_close_the_account(pages, visitor, alice, store, org, command):
    """However many processes count for themselves."""
    with store.transaction() as session:
        session.get_one(AccountRow, (org.org_id, alice)).refused = TOLD_AFTER - 1
    enter(visitor, password="wrong and told")
    with store.transaction() as session:
        session.get_one(AccountRow, (org.org_id, alice)).refused = MOST_REFUSED - 1
    enter(visitor, password="wrong and told")
    refusals = [entry for entry in told(store, org) if entry[1] == "refused too often"]
    assert refusals == [("sign-in", "refused too often", "account alice")] * 2
    assert enter(visitor).status_code == 401, "the right one does not help any more"
    assert "closed after wrong passwords" in command("list")
    pages.extensions["tries"] = Tries()
    set_password(visitor, command("password", alice).partition("8765")[2], NEW)
    assert role_of(visitor) == "administrator"


def test_a_right_password_begins_the_count_anew(visitor, alice, store, org):
    enter(visitor, password="wrong this once")
    enter(visitor)
    with store.reading() as session:
        assert session.get_one(AccountRow, (org.org_id, alice)).refused == 0


def test_another_site_can_neither_sign_somebody_in_nor_set_a_password(command, visitor):
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    assert visitor.post(path, data={"password": GOOD, "again": GOOD}).status_code == 400
    assert visitor.post("/sign-in", data={"name": "alice", "password": GOOD}).status_code == 400
    set_password(visitor, path)
    assert visitor.post("/password", data={"old": GOOD, "password": NEW, "again": NEW}).status_code == 400


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(visitor, alice, store, org, clock, command):
    enter(visitor)
    assert role_of(visitor) == "administrator"
    with store.transaction() as session:
        grant_role(session, org.org_id, Holder(account=alice), Role.IT, clock().date(), "a test")
        withdraw_role(session, org.org_id, Holder(account=alice), Role.ADMIN)
    assert role_of(visitor) == "it"
    assert visitor.get("/access").status_code == 403
    command("revoke", "alice", "it")
    assert role_of(visitor) is None


@pytest.mark.parametrize("how", ["disable", "remove"])
def test_an_account_that_is_ended_is_out_at_the_next_request(visitor, alice, command, how, store, org):
    enter(visitor)
    command(how, alice)
    assert role_of(visitor) is None
    assert enter(visitor).status_code == 401
    with store.reading() as session:
        assert session.query(PageSession).where(PageSession.org_id == org.org_id).all() == []


def test_an_account_of_a_former_name_begins_without_its_roles(visitor, alice, command):
    command("remove", alice)
    command("create", alice, "--role", "it")
    assert "account alice\tno password yet\tit" in command("list")


def test_an_account_whose_row_went_another_way_leaves_no_role_either(alice, command, store, org):
    """As when its person was erased."""
    with store.transaction() as session:
        session.delete(session.get_one(AccountRow, (org.org_id, alice)))
    command("create", alice, "--role", "it")
    assert "account alice\tno password yet\tit" in command("list")


def test_a_new_password_ends_all_other_sessions(pages, visitor, alice):
    enter(visitor)
    elsewhere = pages.test_client()
    enter(elsewhere)
    data = {"csrf_token": form_token(visitor, "/password"), "password": NEW, "again": NEW}
    assert visitor.post("/password", data=data | {"old": "not this one"}).status_code == 422
    assert role_of(elsewhere) == "administrator"
    assert visitor.post("/password", data=data | {"old": GOOD}).status_code == 302
    assert role_of(visitor) == "administrator"
    assert role_of(elsewhere) is None
    assert enter(elsewhere).status_code == 401
    assert enter(elsewhere, password=NEW).status_code == 302


def test_an_account_of_a_person_ends_with_the_last_day(visitor, employ, command, store, org, clock):
    person = employ("7", name="Ina")
    set_password(visitor, command("create", "ina", "--person", "7", "--role", "it").partition("8765")[2])
    assert role_of(visitor) == "it"
    assert visitor.get("/me").status_code == 200
    with store.transaction() as session:
        session.get_one(PersonRow, (org.org_id, person)).last_day = clock().date() - timedelta(days=1)
    assert role_of(visitor) is None


def test_the_store_holds_no_password_and_no_token(visitor, command, store, org):
    path = command("create", "Alice", "--role", "admin").partition("8765")[2]
    with store.reading() as session:
        kept = session.query(LoginLink).where(LoginLink.org_id == org.org_id).one()
    assert kept.token_hash not in path
    set_password(visitor, path)
    with store.reading() as session:
        account = session.get_one(AccountRow, (org.org_id, "alice"))
    assert GOOD not in account.password_hash


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "alice"), "needs a --role, or a --person"),
        (("create", "a b", "--role", "it"), "The name of an account"),
        (("create", "x", "--person", "99"), "nobody with the employee id"),
        (("grant", "nobody", "it"), "no account “nobody”"),
        (("revoke", "alice", "it"), "no account “alice”"),
        (("password", "nobody"), "no account “nobody”"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(command, words, says):
    assert says in command(*words, fails=True)


def test_a_name_means_the_account_of_the_organisation_that_has_it(visitor, alice, store, clock, command):
    with store.transaction() as session:
        create_organisation(session, "north", "North", clock().date())
    path = command("create", "olga", "--role", "it", "--org", "north").partition("8765")[2]
    set_password(visitor, path)
    leave(visitor)
    assert enter(visitor, "olga").status_code == 302
    leave(visitor)
    assert enter(visitor, "olga", org="main").status_code == 401


def test_a_password_is_kept_with_the_effort_of_today(visitor, alice, store, org, monkeypatch):
    """argon2id with 64 MiB in three passes; one that was kept with less is kept anew at the next sign-in."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    enter(visitor)
    with store.reading() as session:
        kept = session.get_one(AccountRow, (org.org_id, alice)).password_hash
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,")
    assert passwords.is_right(kept, GOOD)
