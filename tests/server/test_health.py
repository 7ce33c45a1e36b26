"""What operators see, and what nobody sees: logs and counts without persons and secrets."""

import json
import logging
import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog
from written_logs import written_logs

from server import create_app
from server.access.permissions import MAY, Access, By
from server.config import Settings
from server.db import Store
from server.jobs.run import Job, run_due
from server.jobs.table import JOBS
from server.people.organisations import org_id_of
from server.web import readiness
from server.web.ending import ENDING


def test_ready_means_that_the_tables_are_there(client, store, tmp_path, clock):
    assert client.get("/readyz").json == {"ready": True, "missing": {}}
    empty = Settings(tmp_path, f"sqlite:///{tmp_path}/empty.sqlite3", secret_key="x")
    answer = create_app(empty, None, clock).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "db upgrade" in answer.json["missing"]["store"]


@pytest.mark.parametrize(("revision", "ready"), [("0001_store", False), ("9999_later", True)])
def test_ready_beside_a_newer_schema_but_not_an_older_one(client, store, revision, ready):
    """While a new version is rolled out, or taken back, collectors of both answer."""
    with store.engine.begin() as connection:
        known = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        put = sa.text("UPDATE alembic_version SET version_num = :revision")
        connection.execute(put, {"revision": revision})
    try:
        assert client.get("/readyz").json["ready"] is ready
    finally:
        with store.engine.begin() as connection:
            connection.execute(put, {"revision": known})


def test_not_ready_while_the_database_is_away(tmp_path, clock):
    away = Settings(tmp_path, "postgresql://127.0.0.1:1/nothing", secret_key="x")
    client = create_app(away, Store(away.database_url), clock).test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["missing"] == {"store": "The store does not answer."}


def test_requests_are_counted_by_route(client):
    client.get("/healthz")
    assert 'dex_requests_total{method="GET",route="/healthz",status="200"}' in client.get("/metrics").text


def told(client) -> dict[str, float]:
    """Value by name and labels."""
    lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_counts_tell_of_the_store(client, store, clock):
    found = told(client)
    assert found["dex_store_up"] == 1
    assert found["dex_store_bytes"] > 100_000
    assert found["dex_data_free_bytes"] > 0
    assert found['dex_outbox_messages{state="waiting"}'] == 0
    ahead = found.get("dex_partitions_until_timestamp_seconds", 0) - clock().timestamp()
    assert store.is_sqlite or ahead / 86_400 >= 14  # more where another test let weeks ahead be made


def test_counts_are_told_while_the_database_is_away(tmp_path, clock):
    away = Settings(tmp_path, "postgresql://127.0.0.1:1/nothing", secret_key="x")
    found = told(create_app(away, Store(away.database_url), clock).test_client())
    assert found["dex_store_up"] == 0
    assert "dex_store_bytes" not in found


def test_connections_in_use_are_counted(client, store):
    before = told(client)["dex_store_connections"]
    with store.reading():
        assert told(client)["dex_store_connections"] == before + 1
    assert told(client)["dex_store_connections"] == before


def test_a_caller_cannot_add_series_of_its_own(client):
    before = len(client.get("/metrics").text.splitlines())
    for number in range(50):
        client.open(f"/nothing/{number}", method=f"METHOD{number}")
    assert len(client.get("/metrics").text.splitlines()) <= before + 20


def test_not_ready_when_the_writer_has_ended_by_itself(client, app):
    writer = app.extensions["writer"]
    assert not writer.is_dead()
    writer._start()
    writer._waiting.put(None)
    writer._thread.join(10)
    assert list(client.get("/readyz").json["missing"]) == ["writer"]


def test_not_ready_when_there_is_hardly_room_for_the_embedded_store(
    sqlite_store, clock, tmp_path, monkeypatch
):
    settings = Settings(tmp_path, "", secret_key="x")
    client = create_app(settings, sqlite_store, clock).test_client()
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(readiness, "LEAST_FREE_BYTES", shutil.disk_usage(tmp_path).total + 1)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "MiB left" in answer.json["missing"]["room"]


def test_not_ready_once_it_is_about_to_end(client, app):
    app.extensions[ENDING] = True
    assert client.get("/readyz").json["missing"] == {"collector": "The collector is about to end."}


def test_jobs_that_nobody_runs_and_jobs_that_fail_are_seen(client, store, clock):
    def fail(_store, _now):
        raise ValueError

    run_due(store, [Job("failing", timedelta(hours=1), fail), JOBS[0]], clock)
    clock.advance(days=2)
    text = client.get("/metrics").text
    assert 'dex_job_failed{name="failing"} 1.0' in text
    assert f'dex_job_failed{{name="{JOBS[0].name}"}} 0.0' in text
    late = float(text.split(f'dex_job_late_seconds{{name="{JOBS[0].name}"}} ')[1].splitlines()[0])
    assert 86_400 <= late <= 2 * 86_400


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Authorization": "Bearer no"}],
)
def test_counts_are_for_this_machine_or_a_token(sqlite_store, clock, tmp_path, headers):
    settings = Settings(tmp_path, "", metrics_token="open sesame", secret_key="x")
    client = create_app(settings, sqlite_store, clock).test_client()
    elsewhere = {"REMOTE_ADDR": "127.0.0.1" if "Authorization" not in headers else "192.0.2.1"}
    assert client.get("/metrics", headers=headers, environ_base=elsewhere).status_code == 401
    token = headers | {"Authorization": "Bearer open sesame"}
    assert client.get("/metrics", headers=token, environ_base=elsewhere).status_code == 200


@pytest.fixture
def written():
    with written_logs({}) as lines:
        yield lines


def test_a_refused_request_is_one_line_without_its_secret(written, client, org):
    secret = f"dexl_{org_id_of('main').hex}_{'s' * 43}"
    client.get(f"/sign-in/{secret}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    (line,) = written()
    assert line["route"] == "/sign-in/<token>"
    assert line["status"] == 410
    assert len(line["request_id"]) == 32
    assert "192.0.2.7" not in str(line)
    assert secret not in str(line)


def test_the_line_of_a_problem_is_found_by_its_answer(written, client):
    answer = client.get("/api/v1/policy")
    (line,) = written()
    assert answer.headers["X-Request-ID"] == line["request_id"]
    assert answer.json["instance"] == f"urn:employee-dex:request:{line['request_id']}"
    assert line["reason"] == "unauthorized"
    assert 'dex_refused_total{reason="unauthorized"}' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("given", "proxies", "taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", 1, True),
        ("5f0c2b7e-3b52-4b5c-9a1e-0b1f2f6f2a77", 1, True),
        ("0af7651916cd43dd8448eb211c80319c", 0, False),  # not from a laptop, which could write its name there
        ("short", 1, False),
        ("a" * 65, 1, False),
        ('0af7651916cd43dd","user":"somebody', 1, False),
    ],
)
def test_only_a_proxy_that_is_believed_names_a_request(sqlite_store, clock, tmp_path, given, proxies, taken):
    settings = Settings(tmp_path, "", proxies=proxies, secret_key="x")
    client = create_app(settings, sqlite_store, clock).test_client()
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is taken


def test_a_request_that_went_well_leaves_no_line(written, client):
    client.get("/healthz")
    assert written() == []


def test_secrets_are_blacked_out_wherever_they_come_from(written):
    token = f"dexd_{'0' * 32}_{'1' * 32}_{'t' * 43}"
    logging.getLogger("some.library").error("could not use %s", token)
    structlog.get_logger().error("failed", detail=f"with {token}")
    lines = written()
    assert [line["event"] for line in lines] == ["could not use [secret]", "failed"]
    assert token not in str(lines)


def test_a_fault_is_logged_without_the_values_of_a_row(written, client, store, monkeypatch):
    monkeypatch.setitem(MAY, "broken", Access(By.NOTHING))
    name = "".join(("A", "d", "a"))  # not in a line of source, which a trace shows

    @client.application.get("/broken")
    def broken():
        with store.transaction() as session:
            session.execute(sa.text("insert into job (name) values (:name)"), {"name": name})

    client.application.testing = False
    assert client.get("/broken").status_code == 500
    assert len(written()) == 1
    text = json.dumps(written())
    assert "insert into job" in text
    assert name not in text
