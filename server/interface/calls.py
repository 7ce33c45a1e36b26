"""Every call that machines may make: who may, what it takes, gives and refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from server import errors
from server.access.permissions import Scope
from server.devices import payload as devices_payload
from server.devices import store as devices_store
from server.errors import Problem
from server.faults import shape as faults_shape
from server.fleet import views as fleet
from server.ingest import door as batches
from server.ingest import payload as ingest_payload
from server.ingest import writer
from server.interface import answers
from server.privacy import lifecycle_figures, results
from server.privacy.window_queries import NotReleased
from server.pulse import errors as pulse_errors
from server.pulse import payload as pulse_payload
from server.rights import audit_answer
from server.web import body
from server.web.hosts import UnknownHost
from server.web.rates import TooManyRequests
from server.web.reading import TooManyBodies

Who = Literal["device", "key", "session", "watcher", "reader", "nobody"]
Problems = tuple[type[Problem], ...]

ANYWHERE: Problems = (UnknownHost, TooManyRequests, errors.StoreAway, Problem)
"""What every call may answer, except those that watchers make."""
_BODY: Problems = (
    errors.BadRequest,
    body.MalformedBody,
    body.BodyTooLarge,
    body.UnsupportedMediaType,
    TooManyBodies,
)
_RESULTS: Problems = (errors.Unauthorized, errors.Forbidden, NotReleased)
_WEEK = "A released week, such as 2026-W10."
_NEWEST = "A released week, such as 2026-W10; the newest by default."


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Without an answer's type the answer is `media`.

    `path_says` and `asks`: what stands in the path and what may stand in the query. `conditional`:
    If-None-Match is heeded. `watched`: for watchers, who may ask at any rate. `scope`: with which a program's
    key may ask too.
    """

    name: str
    method: str
    path: str
    part: str
    says: str
    who: Who
    takes: Any = None
    gives: Any = None
    status: HTTPStatus = HTTPStatus.OK
    problems: Problems = ()
    conditional: bool = False
    watched: bool = False
    unready: bool = False
    path_says: Mapping[str, str] = field(default_factory=dict)
    asks: Mapping[str, str] = field(default_factory=dict)
    scope: Scope | None = None
    media: str = "application/json"

    @property
    def every_problem(self) -> Problems:
        return (*self.problems, *((Problem,) if self.watched else ANYWHERE))


PARTS = {
    "laptops": "What an agent on a laptop calls.",
    "pulse": "Questions and anonymous answers.",
    "results": "Rounded results of groups, as on the pages.",
    "running": "For whoever runs the collector, and for programs that look at it.",
}
"""Kinds of calls, in the order in which they are shown."""

CALLS = (
    Call(
        "enrol",
        "post",
        "/api/v1/enroll",
        "laptops",
        "Let a laptop in.",
        "key",
        takes=devices_payload.EnrolmentRequest,
        gives=answers.Admission,
        status=HTTPStatus.CREATED,
        problems=(
            *_BODY,
            devices_payload.InvalidEnrolment,
            devices_store.NotCompanyOwned,
            devices_store.PersonUnknown,
            devices_store.KeyUnknown,
            devices_store.KeyExpired,
            devices_store.KeyUsedUp,
            devices_store.KeyRevoked,
            errors.Forbidden,
            errors.Unauthorized,
        ),
    ),
    Call(
        "sendBatch",
        "post",
        "/api/v1/batches",
        "laptops",
        "Keep one local day's summary and events. Safe to repeat.",
        "device",
        takes=ingest_payload.Batch,
        gives=answers.Receipt,
        problems=(
            *_BODY,
            errors.Unauthorized,
            ingest_payload.InvalidBatch,
            batches.DayTooOld,
            batches.DayInFuture,
            batches.InstallCloned,
            writer.Busy,
        ),
    ),
    Call(
        "getPolicy",
        "get",
        "/api/v1/policy",
        "laptops",
        "What this laptop is to collect, and under which agreement.",
        "device",
        gives=answers.Policy,
        problems=(errors.Unauthorized, errors.TryLater),
        conditional=True,
    ),
    Call(
        "getLabels",
        "get",
        "/api/v1/pulse/labels",
        "pulse",
        "The labels of the running period, the same bytes for everybody.",
        "device",
        gives=answers.Labels,
        problems=(errors.Unauthorized, errors.NotFound),
        conditional=True,
    ),
    Call(
        "signTokens",
        "post",
        "/api/v1/pulse/tokens",
        "pulse",
        "Sign a person's blinded tokens, once per period.",
        "device",
        takes=pulse_payload.TokenRequest,
        gives=answers.Signatures,
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
    Call(
        "sendAnswer",
        "post",
        "/api/v1/pulse/answers",
        "pulse",
        "Keep one anonymous message. A call that says whose it is is refused.",
        "nobody",
        takes=pulse_payload.Answer,
        gives=answers.Accepted,
        problems=(
            *_BODY,
            pulse_errors.IdentityRefused,
            pulse_errors.PulseClosed,
            pulse_errors.InvalidToken,
            pulse_errors.TokenSpent,
            pulse_errors.InvalidAnswer,
        ),
    ),
    Call(
        "getGroups",
        "get",
        "/api/v1/groups",
        "results",
        "The scores of all groups that the role may see, rounded.",
        "session",
        gives=results.Groups,
        scope=Scope.RESULTS,
        problems=_RESULTS,
        asks={"week": _NEWEST, "grid": "1: pairs whose score is estimated from totals too."},
    ),
    Call(
        "getGroup",
        "get",
        "/api/v1/groups/{kind}/{name}",
        "results",
        "One group taken apart: signals, points lost, points to gain, trend.",
        "session",
        gives=results.GroupDetail,
        scope=Scope.RESULTS,
        problems=(*_RESULTS, errors.NotFound),
        path_says={
            "kind": "company, unit, team, stage, or a pair: unit_stage, cell.",
            "name": "The group's name, as getGroups lists it.",
        },
        asks={"week": _NEWEST},
    ),
    Call(
        "getRelease",
        "get",
        "/api/v1/releases/{week}",
        "results",
        "What was written down for a week, once, and who counts in it.",
        "session",
        gives=results.ReleasedWeek,
        scope=Scope.RESULTS,
        problems=_RESULTS,
        path_says={"week": _WEEK},
    ),
    Call(
        "getLifecycle",
        "get",
        "/api/v1/lifecycle",
        "results",
        "How joining, moving and leaving went, in released shares of people and medians.",
        "session",
        gives=lifecycle_figures.Lifecycle,
        scope=Scope.RESULTS,
        problems=(errors.Unauthorized, errors.Forbidden),
    ),
    Call(
        "getFleet",
        "get",
        "/api/v1/fleet",
        "results",
        "How the fleet is doing, in counts of laptops that are made once a day.",
        "session",
        gives=fleet.Fleet,
        scope=Scope.FLEET,
        problems=(errors.Unauthorized, errors.Forbidden, errors.NotFound),
    ),
    Call(
        "getFaults",
        "get",
        "/api/v1/faults",
        "results",
        "What is wrong with which laptop, for whoever mends it. Every look is in the audit log.",
        "session",
        gives=faults_shape.Faults,
        scope=Scope.FAULTS,
        problems=(errors.Unauthorized, errors.Forbidden),
    ),
    Call(
        "getAudit",
        "get",
        "/api/v1/audit",
        "running",
        "Who looked and changed what, as a chain: the works council, the privacy officer, an auditor's key.",
        "session",
        gives=audit_answer.AuditLog,
        scope=Scope.AUDIT,
        problems=(errors.BadRequest, errors.Unauthorized, errors.Forbidden),
        asks={"after": "Only entries with a higher number; 0 by default."},
    ),
    Call("getDescription", "get", "/api/v1/openapi.json", "running", "This description.", "nobody"),
    Call(
        "isAlive",
        "get",
        "/healthz",
        "running",
        "Whether the process is alive.",
        "nobody",
        media="text/plain",
        watched=True,
    ),
    Call(
        "isReady",
        "get",
        "/readyz",
        "running",
        "Whether batches would be kept now.",
        "nobody",
        gives=answers.Readiness,
        watched=True,
        unready=True,
    ),
    Call(
        "getCounts",
        "get",
        "/metrics",
        "running",
        "Counts for Prometheus; open on the same machine, else with a token.",
        "watcher",
        problems=(errors.Unauthorized, UnknownHost),
        media="text/plain",
        watched=True,
    ),
    Call(
        "getReleasedFigures",
        "get",
        "/metrics/released",
        "running",
        "The newest released figures for Prometheus, as one role sees them.",
        "reader",
        problems=(errors.Unauthorized, errors.NotFound),
        media="text/plain",
    ),
)
