"""What `dex-server db check` looks at: whether the store is whole, and what it runs on."""

from datetime import date

import sqlalchemy as sa

from server.access.audit_chain import first_fault
from server.db import Store
from server.ingest.partitions import missing_weeks, strange_tables
from server.people.organisations import organisations
from server.privacy.model_versions import broken_decisions
from server.privacy.release_chain import broken_releases
from server.revisions import revisions
from server.upkeep.distribute import unspread, way_of
from server.upkeep.migrate import differences

_SAFE = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
"""Settings of PostgreSQL without which acknowledged batches may be lost, or tables grow without end."""
_UNSAFE_COMMIT = "off"


def complaints(store: Store, today: date) -> list[str]:
    """One sentence for each thing that is wrong; empty for a store that is whole."""
    found, needed = revisions(store)
    if found != needed:
        return [f"The store is at {found or 'nothing'}, this version needs {needed}."]
    wrong = [f"The store differs: {difference}" for difference in differences(store)]
    if not wrong:
        wrong = [f"A release was changed after it was made: {name}" for name in _changed_releases(store)]
        wrong += [f"A decision about the score model was changed: {name}" for name in _changed_models(store)]
        wrong += [f"The audit log is not as it was written: {name}" for name in _changed_logs(store)]
    if not store.is_sqlite:
        with store.engine.connect() as connection:
            wrong += _of_tables(connection, today)
    return wrong


def description(store: Store) -> str:
    """The database, and how it holds the tables, as a part of a sentence."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            return f"SQLite {connection.scalar(sa.text('SELECT sqlite_version()'))}"
        version = str(connection.scalar(sa.text("SHOW server_version"))).partition(" ")[0]
        way = way_of(connection)
        if way is None:
            return f"PostgreSQL {version}"
        machines = connection.scalar(sa.text("SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards"))
        return f"PostgreSQL {version}, distributed by {way} over {machines} machines"


def hints(store: Store) -> list[str]:
    """Settings of the server by which it may lose what was acknowledged; the store itself is whole."""
    if store.is_sqlite:
        return []
    with store.engine.connect() as connection:
        settings = {name: connection.scalar(sa.text(f"SHOW {name}")) for name in _SAFE}
        commit = connection.scalar(sa.text("SHOW synchronous_commit"))
    found = [f"{name} is {value}" for name, value in settings.items() if value != _SAFE[name]]
    if commit == _UNSAFE_COMMIT:
        found.append(f"synchronous_commit is {commit}")
    return [f"The server's setting {setting}: see docs/operate/postgresql.md" for setting in found]


def _of_tables(connection: sa.Connection, today: date) -> list[str]:
    wrong = []
    if missing := missing_weeks(connection, today):
        wrong.append(f"These weeks are missing: {', '.join(missing)}. Run: dex-server db partitions")
    if strange := strange_tables(connection):
        wrong.append(f"These tables are no weeks of ours: {', '.join(strange)}")
    if apart := unspread(connection):
        wrong.append(f"These tables are not distributed as the others: {', '.join(apart)}")
    return wrong


def _changed_models(store: Store) -> list[str]:
    with store.reading() as session:
        return [
            f"{known.slug} {name}"
            for known in organisations(session)
            for name in broken_decisions(session, known.org_id)
        ]


def _changed_logs(store: Store) -> list[str]:
    with store.reading() as session:
        found = [(known.slug, first_fault(session, known.org_id)) for known in organisations(session)]
    return [f"{slug}: entry {fault.number} {fault.says}" for slug, fault in found if fault]


def _changed_releases(store: Store) -> list[str]:
    """Organisation and week (or period of the pulse) of each, in all organisations."""
    with store.reading() as session:
        return [
            f"{known.slug} {name}"
            for known in organisations(session)
            for name in broken_releases(session, known.org_id)
        ]
