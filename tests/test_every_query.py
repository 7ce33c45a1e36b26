"""Every statement of the product keeps the rules under which a cluster takes it.

Statements are recorded wherever tests reach PostgreSQL, so the more of the suite runs, the more are checked.
This file reaches all pages for all roles, all jobs and most commands by itself, and comes last.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pg_server
import pulse_company
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from parse_tree import asked_to_print
from query_rules import Catalogue, complaints
from readers_of_rows import DIRECTORY, MAY_READ_THE_DIRECTORY, READ_WHAT_THEY_ARE_GIVEN, table_names
from recorded_queries import numbered, recorded
from test_layers import MAY_READ_THEM, ROWS_OF_PERSONS

from dashboards import create_app
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.cli import main
from server.config import Settings
from server.db import Store
from server.demo.load import load
from server.ingest.models import device_day, raw_batch
from server.ingest.partitions import ensure_around
from server.jobs.table import JOBS
from server.people.organisations import DEMO, MAIN, create_organisation, org_id_of
from server.upkeep.migrate import upgrade

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
LEAST_STATEMENTS = 200
"""Fewer would mean that nothing was recorded."""

COMMANDS = """
db upgrade; db check; db partitions; db refold --from 2026-11-02 --to 2026-11-03; jobs list
accounts create ann --role it --org main; accounts grant ann hr --org main; accounts list --org main
accounts revoke ann hr --org main; accounts disable ann --org main; accounts remove ann --org main
jobs run watch_store; alarms --org demo; enroll-key create --org main; enroll-key list --org main
devices list --org main; login-link --org main it
people import FILE --org main; people import FILE --dry-run --json --org main; teams list --org main
teams rename North Nord --on 2026-11-02 --org main; people sources list --org main
people history 1 --org main; people sources order csv --org main; people sources first csv email --org main
people sources forget csv --org main; groups preview FILE --org main; notices list --org main; outbox list
pulse labels --org demo; pulse results --org demo; pulse comments --org demo; recompute --all --org demo
experiments list --org demo; score --org demo; explain company 2026-W44 --org demo; policy show --org main
policy services add mail mail.example.org:443 --org main; policy services remove mail --org main
policy applications add org.example.App --org main; policy applications remove org.example.App --org main
policy references add dns 192.0.2.1 --org main; policy references remove dns --org main
calendar place DE --org main; calendar add 2026-12-24 Closed --org main; calendar show --org main
calendar remove 2026-12-24 --org main; calendar place --none --org main
api-keys create reports --as hr --scope results:read --days 30 --org main; api-keys list --org main
api-keys revoke reports --org main
tasks list --org demo
lifecycle show --org demo; lifecycle require firefox --org main; lifecycle required --org main
lifecycle unrequire firefox --org main; lifecycle release --org main
faults list --org demo; faults rules --org main; agreement draft --org main
policy pause forbid --org main; policy pause allow --org main; agreement show --org main
audit verify --org main; audit export --org main; support consent inform --org main
person restrict 1 --org main; person export 1 --out OUT --org main; person erase 1 --yes --org main
organisation delete main; scim-token create new --org main
scim-token list --org main; scim-token revoke new --org main; demo remove
"""
"""OUT is a folder. FILE is a list of people; some are refused here, which costs no statement."""

CLOSED: dict[str, Collection[str]] = {
    **dict.fromkeys(table_names(ROWS_OF_PERSONS), MAY_READ_THEM),
    **dict.fromkeys(table_names(DIRECTORY), MAY_READ_THE_DIRECTORY | READ_WHAT_THEY_ARE_GIVEN),
}
"""Tables of rows of persons, by name, and the modules that may read them."""
OVER_ALL_TABLES = {
    "server.bulk": "finds what modules of the lists ask for",
    "server.digests": "makes one number of a whole table",
    "server.own_data.holdings": "one person's rows of every table",
    "server.own_data.export": "hands them to that person",
    "server.own_data.erase": "erases them",
    "server.upkeep.check_store": "counts",
    "server.upkeep.delete_organisation": "counts, and deletes all of an organisation",
    "server.upkeep.move": "copies the store",
}
"""Modules that go over all tables, whatever is in them."""

NOT_BY_DEVICE = {"server/ingest/shuffle.py _lock"}
"""Places that ask in another way where tables are distributed by device."""


ONLY_FOR_A_WHILE = {"unfinished_move", "nowhere"}
"""Tables that are no part of the schema: of a move, and of a migration that fails in a test."""

BROKEN = {
    "SELECT * FROM device_day WHERE day = $1": "not bound",
    "SELECT 1 FROM person p LEFT JOIN absence a USING (person_id) WHERE p.org_id = $1": "not bound",
    "DELETE FROM event WHERE org_id = $1 OR day = $2": "not bound",
    "UPDATE person SET name = '' WHERE EXISTS (SELECT 1 FROM absence a WHERE a.org_id = $1)": "not bound",
    "SELECT 1 FROM device d JOIN event e USING (org_id) WHERE d.org_id = $1": "not joined by device_id",
    "SELECT * FROM device d WHERE org_id = $1 AND device_id IN (SELECT install_id FROM raw_batch r"
    " WHERE r.org_id = $1)": "not joined by device_id",
    "SELECT * FROM person p, job WHERE p.org_id = $1": "of this installation",
    "INSERT INTO person (person_id) VALUES ($1)": "filled without",
    "UPDATE device SET device_id = $2 WHERE org_id = $1": "key changed",
    "INSERT INTO organisation (org_id, created_on) VALUES ($1, $2)"
    " ON CONFLICT (org_id) DO UPDATE SET created_on = now()": "changes by itself",
    "INSERT INTO organisation (org_id) VALUES ($1)"
    " ON CONFLICT (org_id) DO UPDATE SET org_id = $2": "on a conflict",
    "SELECT day, count(*) FROM event WHERE org_id = $1 GROUP BY ROLLUP (day)": "groupings",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n": "recursion",
    "SELECT * FROM device WHERE org_id = $1 FOR UPDATE": "locked for more than one device_id",
}

FINE = (
    "SELECT * FROM device d LEFT JOIN event e ON (e.org_id, e.device_id) = (d.org_id, d.device_id)"
    " WHERE d.org_id = $1",
    "WITH p AS (SELECT org_id, person_id FROM person WHERE org_id = $1)"
    " SELECT * FROM p JOIN absence a USING (org_id, person_id)",
    "SELECT 1 FROM person p WHERE p.org_id = $1 AND (p.org_id, p.person_id) IN"
    " (SELECT a.org_id, a.person_id FROM absence a)",
    "SELECT s.n FROM (SELECT org_id, count(*) AS n FROM event GROUP BY org_id) s WHERE s.org_id = $1",
    "SELECT * FROM device WHERE org_id = $1 AND device_id = $2 FOR UPDATE",
    "INSERT INTO organisation (org_id) VALUES ($1) ON CONFLICT (org_id) DO UPDATE SET slug = excluded.slug"
    " WHERE organisation.slug < excluded.slug",
)

Check = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def check(pg_database: str) -> Iterator[Check]:
    with asked_to_print(pg_database) as connection:
        catalogue = Catalogue.of(connection)
        yield lambda statement: complaints(connection, catalogue, statement)


@pytest.mark.parametrize(("statement", "complaint"), BROKEN.items())
def test_a_statement_that_breaks_a_rule_is_noticed(check: Check, statement: str, complaint: str) -> None:
    assert [found for found in check(statement) if complaint in found], check(statement)


@pytest.mark.parametrize("statement", FINE)
def test_a_statement_that_keeps_them_is_not(check: Check, statement: str) -> None:
    assert check(statement) == []


@pytest.fixture(scope="module")
def company(pg_server_url: str) -> Iterator[Store]:
    """A small demo company, told day by day on PostgreSQL, and another organisation beside it."""
    store = Store(pg_server.create_database(pg_server_url, "dex_queries"))
    upgrade(store)
    ensure_around(store, NOW.date())
    with store.transaction() as session:
        main = create_organisation(session, MAIN, "Main", NOW.date())
    pulse_company.hire(store, main, first_day=NOW.date() - timedelta(days=NOW.weekday()))
    with pytest.MonkeyPatch.context() as patch, recorded.watching():
        pulse_company.quick_keys(patch)
        load(store, NOW, weeks=1, seats=24)
    yield store
    store.close()
    pg_server.drop_database(pg_server_url, "dex_queries")


def test_pages_jobs_and_commands_change_one_organisation_at_a_time(company: Store, tmp_path: Path) -> None:
    with recorded.watching():
        for org in (DEMO, MAIN):
            open_all_pages(company, org, tmp_path)
        for job in JOBS:
            job.run(company, NOW)
        run_all_commands(company, tmp_path)
    assert [changed for changed in recorded.transactions if len(changed) > 1] == []
    assert len(recorded.transactions) > len(JOBS)


def open_all_pages(store: Store, org: str, folder: Path) -> None:
    app = create_app(Settings(folder, "", secret_key="only for tests", metrics_token="t"), store, lambda: NOW)
    org_id = org_id_of(org)
    with store.reading() as session:
        device_id, day, batch_id = session.execute(
            sa.select(device_day.c.device_id, device_day.c.day, raw_batch.c.batch_id)
            .outerjoin(raw_batch, raw_batch.c.org_id == device_day.c.org_id)
            .where(device_day.c.org_id == org_id)
        ).first()
    filled = {
        "kind": "company",
        "name": "company",
        "week": "2026-W44",
        "day": day.isoformat(),
        "batch_id": batch_id or org_id,
    }
    for role in Role:
        whose = {Role.EMPLOYEE: {"device_id": device_id}, Role.LEAD: {"group_name": "team:Helpdesk"}}
        with store.transaction() as session:
            grant = Grant(org_id, role, **whose.get(role, {}))
            token = create_link(session, grant, NOW, timedelta(hours=1))
        client = app.test_client()
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and not rule.endpoint.endswith("static"):
                known = {name: filled.get(name, "any") for name in rule.arguments}
                path = f"/sign-in/{token}" if "token" in rule.arguments else rule.build(known)[1]
                answer = client.get(path, headers={"Authorization": "Bearer t"})
                assert answer.status_code < 500, f"{role} {path}: {answer.text}"
    app.extensions["writer"].close()


def run_all_commands(store: Store, folder: Path) -> None:
    people = folder / "people.csv"
    people.write_text("employee_id,unit,team,assignment_from\n1,Sales,North,2026-01-05\n")
    run = CliRunner(env={"DEX_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})
    for command in COMMANDS.replace("\n", ";").split(";"):
        if command.strip():
            words = command.replace("FILE", str(people)).replace("OUT", str(folder)).split()
            done = run.invoke(main, [*words, "--data", str(folder)])
            assert isinstance(done.exception, (SystemExit, type(None))), (command, done.exception)


def test_rows_of_persons_are_read_by_the_modules_of_the_closed_lists_alone(company: Store) -> None:
    """By what was asked of the database, in whichever way the tables were named."""
    read = {
        (place.partition(" ")[0], table)
        for statement, (place, _) in recorded.statements.items()
        for table in tables_read(statement) & set(CLOSED)
    }
    modules = {(file.removesuffix(".py").replace("/", "."), table) for file, table in read}
    assert {table for _, table in modules} > {"device_day", "person_week", "person", "device_person"}
    allowed = set(OVER_ALL_TABLES)
    assert sorted((m, table) for m, table in modules if m not in allowed | set(CLOSED[table])) == []


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("SELECT p.name FROM person p JOIN device_person d ON true", {"person", "device_person"}),
        ("INSERT INTO device_day SELECT * FROM raw_batch", {"raw_batch"}),
        ("DELETE FROM person WHERE EXISTS (SELECT 1 FROM device_day)", {"device_day"}),
        ("UPDATE person SET name = $1", set()),
    ],
)
def test_what_a_statement_reads_is_found(statement: str, read: set[str]) -> None:
    assert tables_read(statement) == read


def tables_read(statement: str) -> set[str]:
    """Names of tables behind FROM and JOIN; a DELETE reads nothing, though it says FROM."""
    if re.match(r"\s*DELETE\b", statement, re.IGNORECASE):
        statement = statement.partition("FROM")[2]
    return set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", statement, re.IGNORECASE))


def test_every_statement_that_was_recorded_keeps_the_rules(company: Store, check: Check) -> None:
    assert len(recorded.statements) > LEAST_STATEMENTS
    wrong = {}
    for statement, (place, reason) in recorded.statements.items():
        if any(name in statement for name in ONLY_FOR_A_WHILE):
            continue
        found = check(numbered(statement))
        if reason:  # why it needs no organisation, as the listener demands
            found = [complaint for complaint in found if "not bound" not in complaint]
        if place in NOT_BY_DEVICE:
            found = [complaint for complaint in found if "device_id" not in complaint]
        if found:
            wrong[f"{place}: {' '.join(statement.split())}"] = found
    assert not wrong, "\n".join(f"{one}: {what}" for one, what in wrong.items())
