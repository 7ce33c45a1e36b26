"""A database on every machine of the Citus cluster that DEX_TEST_PG_URL names, for tests.

The address is that of the coordinator and of a database in which the extension knows the workers. With
DEX_TEST_DISTRIBUTE=org or device the database that tests share is distributed, so the whole suite runs on it.
"""

import os
from urllib.parse import urlsplit

import psycopg

SHARDS = 4  # of each table; the usual 32 only make tests slow


def has_citus(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'citus'").fetchone()
    return found == (1,)


def wanted_way() -> str:
    return os.environ.get("DEX_TEST_DISTRIBUTE", "")


def create_database(url: str, name: str) -> None:
    """On the coordinator and on all workers, which then know each other in it."""
    workers = _workers(url)
    for machine in (url, *(_on(url, *worker) for worker in workers)):
        _run(machine, "SET citus.enable_ddl_propagation = off", f'CREATE DATABASE "{name}"')
        _run(_database(machine, name), "CREATE EXTENSION citus")
    own = urlsplit(url)
    _run(
        _database(url, name),
        f'ALTER DATABASE "{name}" SET citus.shard_count = {SHARDS}',
        f"SELECT citus_set_coordinator_host('{own.hostname}', {own.port})",
        *(f"SELECT citus_add_node('{host}', {port})" for host, port in workers),
    )


def drop_database(url: str, name: str) -> None:
    for machine in (url, *(_on(url, *worker) for worker in _workers(url))):
        _run(
            machine,
            "SET citus.enable_ddl_propagation = off",
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
        )


def _workers(url: str) -> list[tuple[str, int]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM citus_get_active_worker_nodes()").fetchall()


def _on(url: str, host: str, port: int) -> str:
    own = urlsplit(url)
    return own._replace(netloc=f"{own.netloc.rpartition('@')[0]}@{host}:{port}").geturl()


def _database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
