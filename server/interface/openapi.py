"""The interface for machines, described by OpenAPI 3.1: made of its tables and of the types the code uses."""

import functools
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Literal

import msgspec
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from agent.signals import AGENT_STATS, APPS, EVENT, EVENT_DETAIL, EVENT_KINDS, FACTS, SERVICES, SUMMARY, Field
from server.access.cookies import COOKIE, HOST_PREFIX
from server.errors import Problem
from server.interface.answers import ProblemDocument
from server.interface.calls import CALLS, PARTS, Call, Who
from server.interface.examples import EXAMPLES
from server.interface.explained import Explained, problem_types
from server.web.problems import MEDIA_TYPE

bp = Blueprint("openapi", __name__)

ABOUT = " ".join(
    (
        "JSON over HTTP.",
        "Every refusal is a problem document of RFC 9457, whose type is one of the closed list ProblemType;",
        "its Link header names the page that explains it.",
        "Where nothing is, the answer is 404 not-found, and for a method that an address does not take,",
        "405 method-not-allowed.",
        "What is no HTTP gets an empty 400, 414 or 431 before any of this.",
    )
)

_SCHEMES: Mapping[Who | Literal["program"], dict[str, str]] = {
    "device": {"type": "http", "scheme": "bearer", "description": "Token of an enrolled laptop."},
    "key": {"type": "http", "scheme": "bearer", "description": "Enrolment key, or a copied laptop's token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Somebody who is signed in to the pages; each role sees what it sees there. "
        f"Over https the name begins with {HOST_PREFIX}.",
    },
    "program": {
        "type": "http",
        "scheme": "bearer",
        "description": "Key of a program, for the scope that is named; dex-server api-keys create makes one.",
    },
    "reader": {"type": "http", "scheme": "bearer", "description": "The setting DEX_RELEASED_TOKEN."},
    "watcher": {"type": "http", "scheme": "bearer", "description": "The setting DEX_METRICS_TOKEN."},
}
_REFS = "#/components/schemas/{name}"
_TYPE = {"$ref": _REFS.format(name="ProblemType")}
_AGAIN = ("429", "503")
"""Statuses of refusals that say when to come back."""
_TEXT = {"schema": {"type": "string"}}


@bp.get("/api/v1/openapi.json")
def description() -> ResponseReturnValue:
    return Response(msgspec.json.encode(document()), mimetype="application/json")


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    named = [kind for call in CALLS for kind in (call.takes, call.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components([*named, ProblemDocument], ref_template=_REFS)
    places = {id(kind): schema for kind, schema in zip([*named, ProblemDocument], schemas, strict=True)}
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call, places)
    for name, fields in _vocabulary().items():
        _explain(components[name]["properties"], fields)
    components["ProblemDocument"]["properties"]["type"] = _TYPE
    components["ProblemType"] = {
        "type": "string",
        "oneOf": [_listed(each) for each in problem_types().values()],
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Employee Digital Experience",
            "version": version("employee-dex"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The collector that gave this description."}],
        "tags": [{"name": name, "description": says} for name, says in PARTS.items()],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": dict(_SCHEMES)},
    }


def _vocabulary() -> dict[str, Iterable[Field]]:
    """Schemas whose fields are those of the vocabulary."""
    events = {"Event" + kind.title().replace("_", ""): kind for kind in EVENT_KINDS}
    details = {f"{name}Detail": EVENT_DETAIL[kind] for name, kind in events.items() if EVENT_DETAIL[kind]}
    own = {"Summary": SUMMARY, "Facts": FACTS, "App": APPS, "Service": SERVICES, "AgentStats": AGENT_STATS}
    return {**own, **dict.fromkeys(events, EVENT), **details}


def _explain(properties: dict[str, Any], fields: Iterable[Field]) -> None:
    """Each field says what it is, and its unit as UCUM writes it; counts have none."""
    for field in fields:
        if field.name in properties:
            unit = f", in {field.unit}" if field.unit not in ("", "1") else ""
            properties[field.name] |= {"description": f"{field.says}{unit}."}


def _listed(problem: Explained) -> dict[str, str]:
    return {"const": problem.uri, "title": problem.title, "description": f"{problem.why} {problem.helps}"}


def _operation(call: Call, places: Mapping[int, Any]) -> dict[str, Any]:
    example = EXAMPLES[call.name]
    answer: dict[str, Any] = {"description": call.status.phrase}
    content = {"schema": places[id(call.gives)] if call.gives is not None else {}}
    if example.gives is not None:
        content["example"] = example.gives
    answer["content"] = {call.media: content}
    responses = {str(int(call.status)): answer} | _refusals(call.every_problem, places)
    if call.unready:
        content = {"schema": content["schema"], "example": {"ready": False, "missing": {"store": "…"}}}
        phrase = HTTPStatus.SERVICE_UNAVAILABLE.phrase
        responses["503"] = {"description": phrase, "content": {call.media: content}}
    if call.conditional:
        answer["headers"] = {"ETag": _TEXT | {"description": "For If-None-Match."}}
        responses["304"] = {"description": "It is the one that If-None-Match names."}
    operation: dict[str, Any] = {
        "operationId": call.name,
        "tags": [call.part],
        "summary": call.says,
        "parameters": _parameters(call),
        "security": _security(call),
        "responses": dict(sorted(responses.items())),
    }
    if call.takes is not None:
        taken = {"schema": places[id(call.takes)], "example": example.takes}
        says = "JSON, plain or with Content-Encoding: gzip."
        body = {"required": True, "description": says, "content": {"application/json": taken}}
        operation["requestBody"] = body
    return operation


def _security(call: Call) -> list[dict[str, list[str]]]:
    """Counts are open on the collector's own machine."""
    named: list[dict[str, list[str]]] = [{call.who: []}] if call.who in _SCHEMES else []
    if call.scope is not None:
        named.append({"program": [call.scope]})
    return [{}, *named] if call.who == "watcher" else named


def _parameters(call: Call) -> list[dict[str, Any]]:
    """What stands in the address, and the one header that is heeded."""
    example = EXAMPLES[call.name]
    found = [
        {"name": name, "in": place, "required": place == "path", "description": says, **_TEXT}
        | ({"example": example.address[name]} if name in example.address else {})
        for place, words in (("path", call.path_says), ("query", call.asks))
        for name, says in words.items()
    ]
    if call.conditional:
        says = "The ETag of the answer at hand: if it still holds, the answer is 304 without a body."
        found.append({"name": "If-None-Match", "in": "header", "description": says, **_TEXT})
    return found


def _refusals(problems: Iterable[type[Problem]], places: Mapping[int, Any]) -> dict[str, Any]:
    """One response per status, naming the types it may have."""
    by_status: dict[str, list[type[Problem]]] = {}
    for problem in dict.fromkeys(problems):
        by_status.setdefault(str(problem.status), []).append(problem)
    return {status: _refusal(status, found, places) for status, found in by_status.items()}


def _refusal(status: str, problems: list[type[Problem]], places: Mapping[int, Any]) -> dict[str, Any]:
    explained = problem_types()
    types = {"properties": {"type": {"enum": [explained[kind.slug].uri for kind in problems]}}}
    schema = {"allOf": [places[id(ProblemDocument)], types]}
    response: dict[str, Any] = {
        "description": "; ".join(kind.title for kind in problems) + ".",
        "content": {MEDIA_TYPE: {"schema": schema, "example": problems[0]().document()}},
    }
    headers = {"Link": "The page that explains the problem."}
    if status in _AGAIN:
        headers["Retry-After"] = "Seconds after which to come back."
    response["headers"] = {name: _TEXT | {"description": says} for name, says in headers.items()}
    return response
