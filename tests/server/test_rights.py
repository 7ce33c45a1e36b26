"""Collectors need rights on rows only; tables belong to another role (docs/operate/postgresql.md)."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import factories
import psycopg
import pytest
import sqlalchemy as sa

from server import create_app
from server.config import Settings
from server.db import Store
from server.ingest.models import event
from server.ingest.partitions import ensure_around
from server.people.organisations import create_organisation
from server.upkeep.migrate import upgrade

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "postgresql.md"


@pytest.fixture
def rows_only(empty_pg_url: str) -> Iterator[str]:
    """The address of a role that has just what the page gives to collectors."""
    block = re.search(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block
    database = urlsplit(empty_pg_url).path[1:]
    owner = urlsplit(empty_pg_url)._replace(
        netloc=re.sub("^.*@", "dex_owner@", urlsplit(empty_pg_url).netloc)
    )
    with psycopg.connect(empty_pg_url, autocommit=True) as connection:
        connection.execute(block.group(1).replace("DATABASE dex", f'DATABASE "{database}"').encode())
    yield owner.geturl()
    with psycopg.connect(empty_pg_url, autocommit=True) as connection:
        for role in ("dex", "dex_owner"):
            connection.execute(f"DROP OWNED BY {role} CASCADE")
            connection.execute(f"DROP ROLE {role}")


def test_a_collector_takes_batches_and_cannot_change_tables(rows_only: str, clock, tmp_path: Path) -> None:
    owner, collector = Store(rows_only), Store(rows_only.replace("dex_owner@", "dex@"))
    today = clock().date()
    upgrade(owner)
    ensure_around(owner, today)
    with collector.transaction() as session:
        org = create_organisation(session, "main", "Main", today)
        laptop = factories.enrol_device(session, org.org_id, today)
    app = create_app(Settings(tmp_path, "", secret_key="only for tests"), collector, clock)
    content = factories.batch(laptop, 1, today, summary=factories.summary(), events=[factories.event()])
    answer = app.test_client().post("/api/v1/batches", **factories.sending(laptop, factories.packed(content)))
    assert answer.status_code == 200, answer.text
    with collector.reading() as session:
        query = sa.select(sa.func.count()).select_from(event).where(event.c.org_id == laptop.org_id)
        assert session.scalar(query) == 1
    for statement in ("DROP TABLE event", "CREATE TABLE more (x int)", "TRUNCATE event"):
        with pytest.raises(sa.exc.ProgrammingError), collector.engine.begin() as connection:
            connection.execute(sa.text(statement))
    app.extensions["writer"].close()
    collector.close()
    owner.close()
