"""The interface for machines, described by OpenAPI 3.1: one table of calls, with the types the code uses."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Literal

import msgspec
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from server import body, errors
from server.access.current import COOKIE
from server.devices import payload as devices_payload
from server.devices import store as devices_store
from server.drops import Reason
from server.errors import TYPE_PREFIX, Problem
from server.ingest import payload as ingest_payload
from server.ingest import views as ingest_views
from server.ingest import writer
from server.privacy import results
from server.privacy.window_queries import NotReleased
from server.problems import MEDIA_TYPE
from server.pulse import errors as pulse_errors
from server.pulse import payload as pulse_payload
from server.rates import TooManyRequests

bp = Blueprint("openapi", __name__)

Who = Literal["device", "key", "session", "nobody"]
Problems = tuple[type[Problem], ...]

_SCHEMES: Mapping[Who, dict[str, str]] = {
    "device": {"type": "http", "scheme": "bearer", "description": "Token of an enrolled laptop."},
    "key": {"type": "http", "scheme": "bearer", "description": "Enrolment key, or a copied laptop's token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Somebody who is signed in to the pages; each role sees what it sees there.",
    },
}
_BODY: Problems = (body.MalformedBody, body.BodyTooLarge, body.UnsupportedMediaType)
_RESULTS: Problems = (errors.Unauthorized, errors.Forbidden, NotReleased)
_REFS = "#/components/schemas/{name}"


class Dropped(msgspec.Struct):
    """Something that was left out: a JSON pointer into the body, why, and what would have been right."""

    pointer: str
    type: Literal[tuple(TYPE_PREFIX + reason for reason in Reason)]  # type: ignore[valid-type]
    detail: str


class Receipt(msgspec.Struct):
    """The batch is durable; the laptop may delete its copy."""

    batch_id: str
    accepted: Literal[True]
    dropped: list[Dropped]


class Agreement(msgspec.Struct):
    """`hash`: SHA-256 of the document's canonical bytes. `signature`, `key`: base64, empty while unsigned."""

    hash: str
    agreed: bool
    text: str
    document: dict[str, Any]
    signature: str
    key: str
    handed_over: list[dict[str, Any]]
    """Earlier editions in which another key handed over to its successor: document, signature and key."""


class Reference(msgspec.Struct):
    """A computer to try the network with."""

    name: str
    host: str
    port: int


class Service(msgspec.Struct, omit_defaults=True):
    """A business service: an address to fetch, or a host and a port to connect to."""

    name: str
    url: str | None = None
    host: str | None = None
    port: int | None = None


class Pause(msgspec.Struct):
    allowed: bool
    hours_most: float


class Budget(msgspec.Struct):
    """Above it, the agent slows itself down."""

    cpu_s_per_hour: float
    rss_mib: float


class Move(msgspec.Struct, omit_defaults=True):
    """Empty where the collector stays."""

    address: str = ""
    from_: str = msgspec.field(default="", name="from")


class Policy(msgspec.Struct):
    version: int
    organisation: str
    agreement: Agreement
    applications: list[str]
    references: list[Reference]
    services: list[Service]
    intervals: dict[str, int]
    pause: Pause
    budget: Budget
    keep_days: dict[str, int]
    server: Move
    pulse: dict[str, Any]


class Admission(msgspec.Struct):
    """The token is shown this once."""

    device_id: str
    token: str
    organisation: str
    policy: Policy


class Signatures(msgspec.Struct):
    """Base64, in the order of the tokens."""

    signatures: list[str]


class Accepted(msgspec.Struct):
    accepted: Literal[True]


class Readiness(msgspec.Struct):
    """`missing`: what is wrong, by check."""

    ready: bool
    missing: dict[str, str]


class ProblemDocument(msgspec.Struct):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Route:
    """One call. Without an answer's type the answer is `media`. `asks`: what may stand in the query."""

    method: str
    path: str
    says: str
    who: Who
    takes: Any = None
    gives: Any = None
    status: HTTPStatus = HTTPStatus.OK
    problems: Problems = ()
    conditional: bool = False
    unready: bool = False
    asks: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"


ROUTES = (
    Route(
        "post",
        "/api/v1/enroll",
        "Let a laptop in.",
        "key",
        takes=devices_payload.EnrolmentRequest,
        gives=Admission,
        status=HTTPStatus.CREATED,
        problems=(
            *_BODY,
            devices_payload.InvalidEnrolment,
            devices_store.PersonUnknown,
            devices_store.KeyUnknown,
            devices_store.KeyExpired,
            devices_store.KeyUsedUp,
            devices_store.KeyRevoked,
            errors.Forbidden,
            errors.Unauthorized,
        ),
    ),
    Route(
        "post",
        "/api/v1/batches",
        "Keep one local day's summary and events. Safe to repeat.",
        "device",
        takes=ingest_payload.Batch,
        gives=Receipt,
        problems=(
            *_BODY,
            errors.Unauthorized,
            ingest_payload.InvalidBatch,
            ingest_views.DayTooOld,
            ingest_views.DayInFuture,
            ingest_views.InstallCloned,
            writer.Busy,
            errors.StoreAway,
        ),
    ),
    Route(
        "get",
        "/api/v1/policy",
        "What this laptop is to collect.",
        "device",
        gives=Policy,
        problems=(errors.Unauthorized,),
        conditional=True,
    ),
    Route(
        "get",
        "/api/v1/pulse/labels",
        "The labels of the running period, the same bytes for everybody.",
        "device",
        problems=(errors.Unauthorized, errors.NotFound),
        conditional=True,
    ),
    Route(
        "post",
        "/api/v1/pulse/tokens",
        "Sign a person's blinded tokens, once per period.",
        "device",
        takes=pulse_payload.TokenRequest,
        gives=Signatures,
        problems=(
            *_BODY,
            errors.Unauthorized,
            pulse_errors.PulseClosed,
            pulse_errors.NotAsked,
            pulse_errors.WrongLabels,
            pulse_errors.NotBlinded,
            pulse_errors.AlreadyIssued,
        ),
    ),
    Route(
        "post",
        "/api/v1/pulse/answers",
        "Keep one anonymous message. A call that says whose it is is refused.",
        "nobody",
        takes=pulse_payload.Answer,
        gives=Accepted,
        problems=(
            *_BODY,
            pulse_errors.IdentityRefused,
            pulse_errors.PulseClosed,
            pulse_errors.InvalidToken,
            pulse_errors.TokenSpent,
            pulse_errors.InvalidAnswer,
        ),
    ),
    Route(
        "get",
        "/api/v1/groups",
        "The scores of all groups that the role may see, rounded.",
        "session",
        gives=results.Groups,
        problems=_RESULTS,
        asks={"week": "Released week, YYYY-Www; the newest by default.", "grid": "1: estimated pairs too."},
    ),
    Route(
        "get",
        "/api/v1/groups/{kind}/{name}",
        "One group taken apart: signals, points lost, points to gain, trend.",
        "session",
        gives=results.GroupDetail,
        problems=(*_RESULTS, errors.NotFound),
        asks={"week": "Released week, YYYY-Www; the newest by default."},
    ),
    Route(
        "get",
        "/api/v1/releases/{week}",
        "What was written down for a week, once, and who counts in it.",
        "session",
        gives=results.ReleasedWeek,
        problems=_RESULTS,
    ),
    Route("get", "/api/v1/openapi.json", "This description.", "nobody"),
    Route("get", "/healthz", "Whether the process is alive.", "nobody", media="text/plain"),
    Route("get", "/readyz", "Whether batches would be kept now.", "nobody", gives=Readiness, unready=True),
    Route(
        "get",
        "/metrics",
        "Counts for Prometheus; open on the same machine, else with a token.",
        "nobody",
        problems=(errors.Unauthorized,),
        media="text/plain",
    ),
)
"""Every call that machines may make."""


@bp.get("/api/v1/openapi.json")
def description() -> ResponseReturnValue:
    return Response(msgspec.json.encode(document()), mimetype="application/json")


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    named = [kind for route in ROUTES for kind in (route.takes, route.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components([*named, ProblemDocument], ref_template=_REFS)
    places = {id(kind): schema for kind, schema in zip([*named, ProblemDocument], schemas, strict=True)}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route, places)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Employee Digital Experience",
            "version": version("employee-dex"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": dict(_SCHEMES)},
    }


def _operation(route: Route, places: Mapping[int, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": route.status.phrase}
    schema = places[id(route.gives)] if route.gives is not None else {}
    answer["content"] = {route.media: {"schema": schema}}
    responses = {str(int(route.status)): answer} | _refusals(route.problems, places)
    if route.unready:
        responses["503"] = answer | {"description": HTTPStatus.SERVICE_UNAVAILABLE.phrase}
    if route.conditional:
        responses["304"] = {"description": "It is the one that If-None-Match names."}
    operation: dict[str, Any] = {"summary": route.says, "responses": responses}
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    operation["security"] = [{route.who: []}] if route.who in _SCHEMES else []
    if route.takes is not None:
        content = {"application/json": {"schema": places[id(route.takes)]}}
        says = "JSON, plain or with Content-Encoding: gzip."
        operation["requestBody"] = {"required": True, "description": says, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    """What stands in the address: parts of the path, and what the query may hold."""
    text = {"schema": {"type": "string"}}
    inside = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, **text} for name in inside] + [
        {"name": name, "in": "query", "description": says, **text} for name, says in route.asks.items()
    ]


def _refusals(problems: Iterable[type[Problem]], places: Mapping[int, Any]) -> dict[str, Any]:
    """One response per status, naming the types it may have."""
    every: list[type[Problem]] = [*problems, TooManyRequests, Problem]
    by_status: dict[str, list[type[Problem]]] = {}
    for problem in every:
        by_status.setdefault(str(problem.status), []).append(problem)
    return {
        status: {
            "description": "; ".join(problem.title for problem in found) + ".",
            "content": {
                MEDIA_TYPE: {
                    "schema": {
                        "allOf": [
                            places[id(ProblemDocument)],
                            {"properties": {"type": {"enum": [TYPE_PREFIX + p.slug for p in found]}}},
                        ]
                    }
                }
            },
        }
        for status, found in by_status.items()
    }


def problem_types() -> dict[str, int]:
    """Status of every problem type that a machine may meet, and those of single dropped fields (0)."""
    found: dict[str, int] = {p.slug: p.status for route in ROUTES for p in route.problems}
    anywhere = {problem.slug: problem.status for problem in (TooManyRequests, Problem)}
    return found | anywhere | {reason.value: 0 for reason in Reason}
