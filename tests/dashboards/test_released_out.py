"""Released figures that leave: those of the pages, of the same groups, and nothing beside them."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from grafana_queries import queries
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_server import SHIPPED, Prometheus
from werkzeug.serving import make_server

from dashboards import create_app
from server.access.roles import Role
from server.config import Settings
from server.errors import UsageError
from server.people.organisations import DEMO
from server.privacy.release_store import released_weeks
from server.released_out import figures
from server.released_out.otlp import PushRefused, push_released

TOKEN = "for the dashboards"
PUSHED_TO = "OTEL_EXPORTER_OTLP_ENDPOINT"


def scrape(demo, role="hr", token=TOKEN, given=TOKEN):
    settings = Settings(demo.app.extensions["settings"].data, "", released_as=role, released_token=token)
    client = create_app(replace(settings, secret_key="x"), demo.store, demo.clock).test_client()
    return client.get("/metrics/released", headers={"Authorization": f"Bearer {given}"})


def samples(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Value by metric and by kind, group and signal."""
    found: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels["org"] == DEMO
            key = tuple(sample.labels[name] for name in ("kind", "group", "signal") if name in sample.labels)
            assert key not in found[sample.name], "one value per group"
            found[sample.name][key] = sample.value
    return found


def listed(demo, role: Role, week: str | None = None) -> list[dict]:
    """What the interface shows to this role, taken apart."""
    client = demo.signed_in(role)
    query = {"week": week} if week else {}
    groups = client.get("/api/v1/groups", query_string=query).json["groups"]
    return [
        client.get(f"/api/v1/groups/{g['kind']}/{g['name']}", query_string=query).json
        for g in groups
        if g["status"] == "ok"
    ]


def test_figures_are_those_of_the_page(demo):
    found = samples(scrape(demo).text)
    shown = listed(demo, Role.HR)
    assert len(shown) > 20
    for detail in shown:
        group = detail["result"]
        key = (group["kind"], group["name"])
        for end in ("value", "low", "high"):
            assert found[f"dex_released_score_{end}"][key] == group["score"][end]
            assert found[f"dex_released_technology_{end}"][key] == group["technology"][end]
            lost = found[f"dex_released_lost_time_{end}_ratio"][key]
            assert round(lost * 60, 1) == group["lost_time"]["minutes_per_hour"][end]
            each = found[f"dex_released_lost_time_per_person_week_{end}_seconds"][key]
            assert round(each / 3600, 2) == round(group["lost_time"]["hours_per_person_week"][end], 2)
        assert round(found["dex_released_coverage_ratio"][key] * 100) == group["coverage_pct"]
        for signal in detail["signals"]:
            assert found["dex_released_signal_value"][*key, signal["name"]] == signal["score"]["value"]


def test_groups_without_a_number_on_the_page_are_not_there(demo):
    shown = {(detail["result"]["kind"], detail["result"]["name"]) for detail in listed(demo, Role.HR)}
    everything = demo.signed_in(Role.HR).get("/api/v1/groups?grid=1").json["groups"]
    assert {g["status"] for g in everything} >= {"hidden", "modelled"}
    for name, values in samples(scrape(demo).text).items():
        assert {key[:2] for key in values} <= shown | {()}, name


def test_it_gets_no_answer_of_anybody(demo):
    found = samples(scrape(demo, "it").text)
    assert not any("sentiment" in name for name in found)
    company = demo.signed_in(Role.IT).get("/api/v1/groups/company/company").json["result"]
    assert found["dex_released_score_value"]["company", "company"] == company["score"]["value"]


def test_people_are_size_classes_and_no_count_is_there(demo):
    text = scrape(demo).text
    assert 'people="10-19"' in text
    for name, values in samples(text).items():
        highest = 1 if name.endswith(("_ratio", "_info")) else 100
        if not name.endswith("_seconds"):
            assert all(0 <= value <= highest for value in values.values()), name


def test_who_keeps_all_scrapes_has_what_the_pages_showed(demo, monkeypatch):
    """Over all weeks: each number that left stands on the page of its week."""
    with demo.store.reading() as session:
        weeks = released_weeks(session, demo.org_id)
        real = figures.details_for
        assert len(weeks) >= 5
        for week in weeks:
            monkeypatch.setattr(figures, "details_for", lambda s, g, w=week: real(s, g, w))
            left = {
                (f.measure.name, f.labels.get("kind"), f.labels.get("group"), f.labels.get("signal")): f.value
                for f in figures.released_figures(session, Role.HR)
            }
            shown = set()
            for detail in listed(demo, Role.HR, week):
                numbers = _numbers(detail["result"]) + _numbers(detail["signals"])
                shown |= {round(n * per, 6) for n in numbers for per in (1, 0.01, 1 / 60, 3600)}
            told = {v for key, v in left.items() if not key[0].startswith("dex.released.week")}
            assert told - {1} <= shown, week


def _numbers(found: object) -> list[float]:
    if isinstance(found, dict):
        return [n for value in found.values() for n in _numbers(value)]
    if isinstance(found, list):
        return [n for value in found for n in _numbers(value)]
    return [found] if isinstance(found, int | float) else []


def test_the_dashboard_shows_them_by_a_real_prometheus(demo, tmp_path):
    """With the shipped configuration; what each panel asks for is there."""
    tokens = {"dex-metrics-token": "none", "dex-released-token": TOKEN}
    settings = Settings(tmp_path, "", released_as="hr", released_token=TOKEN, secret_key="x")
    server = make_server("127.0.0.1", 0, create_app(settings, demo.store, demo.clock), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with Prometheus(tmp_path, f"127.0.0.1:{server.server_port}", tokens) as prometheus:
        company = 'dex_released_score_value{kind="company"}'
        [found] = prometheus.wait_for(company)
        assert found["metric"]["job"] == "dex-released"
        assert (
            float(found["value"][1])
            == samples(scrape(demo).text)["dex_released_score_value"]["company", "company"]
        )
        variables = {"org": "demo", "kind": "team", "group": "Helpdesk"}
        for query in queries(SHIPPED / "grafana-released.json", variables):
            assert prometheus.ask("query", query=query)["result"], query
    server.shutdown()
    server.server_close()


def test_operators_see_how_old_the_newest_release_is(demo):
    text = demo.app.test_client().get("/metrics").text
    [end] = re.findall(r'dex_newest_release_week_end_timestamp_seconds{org="demo"} (\S+)', text)
    assert datetime.fromtimestamp(float(end), UTC) == datetime(2026, 2, 23, tzinfo=UTC)
    [own] = re.findall(r'dex_released_week_end_timestamp_seconds{org="demo"} (\S+)', scrape(demo).text)
    assert own == end


def test_nothing_changes_between_two_scrapes_of_a_week(demo):
    assert scrape(demo).text == scrape(demo).text


@pytest.mark.parametrize(
    ("role", "token", "given", "status"),
    [("", TOKEN, TOKEN, 404), ("hr", "", "", 404), ("hr", TOKEN, "", 401), ("it", TOKEN, "another", 401)],
)
def test_nothing_leaves_unless_it_is_turned_on_and_asked_for_by_token(demo, role, token, given, status):
    answer = scrape(demo, role, token, given)
    assert answer.status_code == status
    assert "dex_released" not in answer.text


def test_only_roles_that_fit_may_be_named(tmp_path):
    with pytest.raises(UsageError, match="it or hr"):
        Settings.load(tmp_path, {"DEX_RELEASED_AS": "privacy-officer"})


# By OTLP


class Receiver(ThreadingHTTPServer):
    """Takes what is pushed, over HTTP as OTLP describes it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status = 200
        self.headers: list[dict[str, str]] = []
        self.taken: list[ExportMetricsServiceRequest] = []


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/metrics"
        self.server.headers.append(dict(self.headers))
        self.server.taken.append(ExportMetricsServiceRequest.FromString(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv(PUSHED_TO, f"http://127.0.0.1:{made.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=ours")
    monkeypatch.setenv("DEX_RELEASED_AS", "hr")
    yield made
    made.shutdown()
    made.server_close()
    thread.join(10)


def test_what_is_pushed_is_what_is_scraped(demo, receiver):
    assert push_released(demo.store, demo.clock()).endswith("released figures pushed")
    [request] = receiver.taken
    [headers] = receiver.headers
    assert headers["x-key"] == "ours"
    [resource] = request.resource_metrics
    attributes = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert attributes["service.name"] == "employee-dex"
    assert not any(name.startswith(("host", "process")) for name in attributes)
    pushed = {
        (metric.name, *sorted((a.key, a.value.string_value) for a in point.attributes)): point.as_double
        or point.as_int
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.gauge.data_points
    }
    with demo.store.reading() as session:
        expected = {
            (f.measure.name, *sorted(f.labels.items())): f.value
            for f in figures.released_figures(session, Role.HR)
        }
    assert len(expected) > 500
    assert pushed == expected
    units = {m.name: m.unit for scope in resource.scope_metrics for m in scope.metrics}
    assert units["dex.released.score.value"] == "{point}"


def test_a_receiver_that_refuses_is_a_failed_job(demo, receiver):
    receiver.status = 401
    with pytest.raises(PushRefused):
        push_released(demo.store, demo.clock())


@pytest.mark.parametrize("missing", ["DEX_RELEASED_AS", PUSHED_TO])
def test_nothing_is_pushed_unless_both_are_set(demo, receiver, monkeypatch, missing):
    monkeypatch.delenv(missing)
    assert push_released(demo.store, demo.clock()) == "nobody asked for released figures"
    assert receiver.taken == []
