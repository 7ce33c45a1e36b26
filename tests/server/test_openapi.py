"""The description of the interface is valid, complete, and true of the answers that are given."""

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
from server.devices.store import create_enrolment_key
from server.openapi import ROUTES, document, problem_types

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def assert_described(answer, path: str, method: str, status: int) -> None:
    """The answer is what the document says of this call."""
    assert answer.status_code == status, answer.text
    content = document()["paths"][path][method]["responses"][str(status)]["content"]
    schema = content[answer.mimetype]["schema"] | {"components": document()["components"]}
    Draft202012Validator(schema).validate(answer.json)


def test_the_document_is_served_and_valid(client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json").json
    validate(served)
    assert served["openapi"] == "3.1.0"


def test_every_call_is_described_and_every_description_is_a_call(app: Flask) -> None:
    rules = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") or rule.endpoint.startswith("health.")
    }
    assert rules == {(route.method, route.path) for route in ROUTES}


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
    schema = document()["components"]["schemas"]["Batch"] | {"components": document()["components"]}
    Draft202012Validator(schema).validate(content)


@pytest.mark.parametrize("slug", sorted(problem_types()))
def test_every_problem_type_is_in_the_documents(slug: str) -> None:
    status = problem_types()[slug]
    assert re.search(rf"`{slug}`.*\b{status or 200}\b", API), f"docs/api.md lacks {slug}"


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
