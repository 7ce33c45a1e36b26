"""Processor time of one request of a directory, with everybody of a large company in the store.

`python -m tests.bench.scim [PEOPLE]`: 100,000 unless it is said. Of PostgreSQL, its own time is counted too.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

import pg_server
import sqlalchemy as sa
from scim_directory import Directory, new_directory

from server import create_app
from server.config import Settings
from server.db import Base, Store
from server.people.fields import ENTERPRISE
from server.people.history_models import PersonSourceRow
from server.people.models import AssignmentRow, Organisation, PersonRow
from server.people.organisations import MAIN, create_organisation
from server.people.store import person_id_of
from server.scim.models import ScimUserRow
from server.upkeep.migrate import upgrade
from tests.bench.measured import cpu_seconds, machine

TODAY = date(2026, 3, 4)
AT_ONCE = 5000
TIMES = 40
TEAM = 50


def main(people: int) -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", Store(f"sqlite:///{folder}/dex.sqlite3"), Path(folder), people)
        with pg_server.running_server(durable=False) as url:
            store = Store(pg_server.create_database(url, "scim"))
            measure("PostgreSQL", store, Path(folder), people)


def measure(name: str, store: Store, folder: Path, people: int) -> None:
    upgrade(store)
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", TODAY)
    for begun in range(0, people, AT_ONCE):
        fill(store, org, range(begun, min(begun + AT_ONCE, people)))
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    app = create_app(Settings(folder, "", secret_key="only for tests"), store)
    directory = new_directory(app, store, org, date.today())
    some = [str(person_id_of(org.org_id, f"E{n}")) for n in range(0, people, max(1, people // TIMES))][:TIMES]
    boss = some[0]
    for what, ask in {
        "title": lambda n: patch(directory, some[n], "title", f"Clerk {n}"),
        "department, so a move": lambda n: patch(directory, some[n], f"{ENTERPRISE}:department", f"New {n}"),
        "manager": lambda n: patch(directory, some[n], f"{ENTERPRISE}:manager", boss) if n else None,
        "leaver": lambda n: patch(directory, some[n], "active", "False"),
        "found by userName": lambda n: directory.get(f'/Users?filter=userName eq "u{n}@example.org"'),
        "page of 100": lambda n: directory.get(f"/Users?startIndex={people // 2}&count=100"),
    }.items():
        print(f"{name}, {people} people, {what}: {milliseconds(store, ask)} of processor time")
    app.extensions["writer"].close()
    store.close()


def patch(directory: Directory, user_id: str, path: str, value: str) -> None:
    directory.patch(user_id, {"op": "Replace", "path": path, "value": value})


def milliseconds(store: Store, ask: Callable[[int], object]) -> str:
    """Median and most of one request, after a first one."""
    taken = []
    for n in range(TIMES):
        began = processor_time(store)
        ask(n)
        taken.append(processor_time(store) - began)
    taken = [1000 * seconds for seconds in taken[1:]]
    return f"{statistics.median(taken):.1f} ms (at most {max(taken):.1f})"


def processor_time(store: Store) -> float:
    """Seconds of this process, and of those that serve it."""
    if store.is_sqlite:
        return time.process_time()
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with store.engine.connect() as connection:
        pids = connection.exec_driver_sql(query).scalars().all()
    return time.process_time() + sum(cpu_seconds(pid) for pid in pids)


def fill(store: Store, org: Organisation, numbers: range) -> None:
    """People with a user each, in teams of 50, below one manager each."""
    rows = {model: [] for model in (PersonRow, AssignmentRow, PersonSourceRow, ScimUserRow)}
    for n in numbers:
        key = {"org_id": org.org_id, "person_id": person_id_of(org.org_id, f"E{n}")}
        told = {
            "name": f"Person {n}",
            "email": f"u{n}@example.org",
            "manager": f"E{n - n % TEAM}" if n % TEAM else None,
        }
        place = {"unit": f"Unit {n // 1000}", "team": f"Team {n // TEAM}"}
        rows[PersonRow].append({**key, "employee_id": f"E{n}", **told})
        rows[AssignmentRow].append({**key, "assignment_from": date(2025, 1, 6), **place})
        rows[PersonSourceRow].append({**key, "source": "scim", "fields": "email,manager,name,team,unit"})
        rows[ScimUserRow].append({**key, **user_row(org.org_id, n, told, place)})
    with store.engine.begin() as connection:
        for model, values in rows.items():
            connection.execute(sa.insert(Base.metadata.tables[model.__tablename__]), values)


def user_row(org_id: UUID, n: int, told: dict[str, str | None], place: dict[str, str]) -> dict[str, object]:
    above = told["manager"]
    manager = {"value": str(person_id_of(org_id, above))} if above else None
    document = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": f"E{n}",
        "userName": told["email"],
        "name": {"givenName": "Person", "familyName": str(n)},
        "displayName": told["name"],
        "active": True,
        "emails": [{"value": told["email"], "type": "work", "primary": True}],
        ENTERPRISE: {"division": place["unit"], "department": place["team"], "manager": manager},
    }
    return {
        "user_name": told["email"],
        "external_id": f"E{n}",
        "document": document,
        "version": 'W/"1"',
        "created_on": TODAY,
        "changed_on": TODAY,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
