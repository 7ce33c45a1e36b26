"""The description of the interface is valid, complete, and true of the answers that are given."""

import json
import re
from pathlib import Path

import factories
import pytest
from factories import EnrolledDevice
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from agent.signals import LIMITS, SUMMARY
from server.devices.payload import parse_enrolment
from server.devices.store import create_enrolment_key
from server.errors import Conflict, Problem, Unprocessable
from server.ingest.payload import parse_batch
from server.interface.calls import CALLS
from server.interface.examples import EXAMPLES
from server.interface.explained import WORDS, problem_types
from server.interface.openapi import document
from server.pulse.payload import Answer, TokenRequest, decoded

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def assert_described(answer, path: str, method: str, status: int) -> None:
    """The answer is what the document says of this call."""
    assert answer.status_code == status, answer.text
    content = document()["paths"][path][method]["responses"][str(status)]["content"]
    assert_fits(answer.json, content[answer.mimetype]["schema"])


def assert_fits(value, schema: dict) -> None:
    Draft202012Validator(schema | {"components": document()["components"]}).validate(value)


def test_the_document_is_served_and_valid(client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json").json
    validate(served)
    assert served["openapi"] == "3.1.0"


def test_every_call_is_described_and_every_description_is_a_call(app: Flask) -> None:
    rules = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/metrics")) or rule.endpoint.startswith("health.")
    }
    described = {(method, path) for path, calls in document()["paths"].items() for method in calls}
    assert described == rules
    assert len(CALLS) == len(rules)


def test_the_vocabulary_is_in_it() -> None:
    summary = document()["components"]["schemas"]["Summary"]
    assert list(summary["properties"]) == [field.name for field in SUMMARY]
    assert summary["additionalProperties"] is False


def test_answers_and_refusals_are_as_described(client: FlaskClient, store, org, enrolled, clock) -> None:
    with store.transaction() as session:
        key = create_enrolment_key(session, org.org_id, clock().date())
    bearer = {"Authorization": f"Bearer {key}"}
    asked = {"install_id": str(enrolled.install_id), "facts": {"model": "T14"}}
    assert_described(client.post("/api/v1/enroll", json=asked, headers=bearer), "/api/v1/enroll", "post", 201)
    assert_described(client.post("/api/v1/enroll", json=asked), "/api/v1/enroll", "post", 401)
    policy = client.get("/api/v1/policy", headers=enrolled.headers)
    assert_described(policy, "/api/v1/policy", "get", 200)
    content = factories.batch(enrolled, summary=factories.summary(mood=1))
    for changes, status in (({}, 200), ({"day": "2020-01-01"}, 422), ({"seq": "x"}, 422)):
        body = factories.packed(content | changes)
        answer = client.post("/api/v1/batches", **factories.sending(enrolled, body))
        assert_described(answer, "/api/v1/batches", "post", status)


def test_the_agents_example_of_a_batch_fits_the_schema(enrolled: EnrolledDevice) -> None:
    content = factories.batch(
        enrolled, summary=factories.summary(), events=[factories.event(), factories.event("update")]
    )
    assert_fits(content, document()["components"]["schemas"]["Batch"])


def contents(call) -> dict:
    """Everything that this call takes and gives, with its schema and its example."""
    operation = document()["paths"][call.path][call.method]
    found = {"request": operation.get("requestBody", {}).get("content", {})}
    found |= {status: answer.get("content", {}) for status, answer in operation["responses"].items()}
    return {(where, media): each for where, content in found.items() for media, each in content.items()}


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_every_example_fits_its_schema(call) -> None:
    for where, content in contents(call).items():
        if call.name != "getDescription" or where[0] != "200":
            assert "example" in content, where
            assert_fits(content["example"], content["schema"])


def test_the_examples_of_bodies_are_taken_whole() -> None:
    sent = {name: json.dumps(example.takes).encode() for name, example in EXAMPLES.items() if example.takes}
    assert parse_batch(sent.pop("sendBatch")).drops.named == []
    enrolment = parse_enrolment(sent["enrol"])
    assert enrolment.facts == json.loads(sent.pop("enrol"))["facts"]
    assert decoded(sent.pop("signTokens"), TokenRequest)
    assert decoded(sent.pop("sendAnswer"), Answer)
    assert not sent


def test_each_call_names_its_problems_by_status_and_they_are_refusals() -> None:
    for call in CALLS:
        operation = document()["paths"][call.path][call.method]
        for problem in call.every_problem:
            content = operation["responses"][str(problem.status)]["content"]["application/problem+json"]
            assert_fits(problem("Why.").document(), content["schema"])


ON_COMMANDS_ALONE = {"experiment-plan", "demo-loaded", "not-due", "already-released"}


def test_the_list_of_problem_types_is_closed(app: Flask) -> None:
    """Every problem of the code is explained, but what no address raises: bases, and what commands meet."""
    slugs, waiting = set(), [Problem]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind not in (Conflict, Unprocessable):
            slugs.add(kind.slug)
    assert set(WORDS) == slugs - ON_COMMANDS_ALONE
    listed = [each["const"] for each in document()["components"]["schemas"]["ProblemType"]["oneOf"]]
    assert listed == [explained.uri for explained in problem_types().values()]
    assert set(WORDS) < set(problem_types())


@pytest.mark.parametrize("slug", sorted(problem_types()))
def test_every_problem_type_is_in_the_documents(slug: str) -> None:
    row = rf"`{slug}`(?: \| {problem_types()[slug].status})? \| \S"
    assert re.search(row, API), f"docs/api.md lacks {slug}"


@pytest.mark.parametrize(
    ("path", "method", "slug"),
    [
        ("/api/v1/nothing", "GET", "not-found"),
        ("/api//v1/policy", "GET", "not-found"),
        ("/api/v1/batches", "GET", "method-not-allowed"),
        ("/api/v1/policy", "BREW", "method-not-allowed"),
    ],
)
def test_a_refusal_of_the_framework_has_a_type_and_a_page_that_explains_it(
    client: FlaskClient, path: str, method: str, slug: str
) -> None:
    answer = client.open(path, method=method)
    explained = problem_types()[slug]
    assert (answer.status_code, answer.json["type"]) == (explained.status, explained.uri)
    assert answer.headers["Link"] == f'<{explained.page}>; rel="help"'
    assert ("Allow" in answer.headers) == (slug == "method-not-allowed")
    assert_fits(answer.json, document()["components"]["schemas"]["ProblemDocument"])


@pytest.mark.parametrize(
    "name",
    [
        "body_bytes",
        "plain_bytes",
        "events_per_batch",
        "rows_per_table",
        "numbers_per_list",
        "text_length",
        "days_back",
        "hours_ahead",
    ],
)
def test_every_limit_is_in_the_documents(name: str) -> None:
    limit = getattr(LIMITS, name)
    shown = f"{limit // 1024} KiB" if name.endswith("_bytes") else str(limit)
    assert re.search(rf"\b{shown}\b", API), f"docs/api.md lacks {name}"
