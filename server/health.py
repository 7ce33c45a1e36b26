"""For operators: is the process alive, can it do its work, and what did it count."""

import contextlib
import hmac
import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa
import structlog
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from server.config import Settings
from server.db import Store, trouble_words
from server.errors import Unauthorized
from server.jobs_models import FAILED, JobState
from server.metrics import JOB_FAILED, JOB_LATE
from server.revisions import revisions

bp = Blueprint("health", __name__)
log = structlog.get_logger()

Check = Callable[[Store], str]
"""Says in one sentence what is wrong; an empty string means nothing is."""


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when batches would be kept now; else 503 and what is missing."""
    store: Store = current_app.extensions["store"]
    missing = {name: said for name, check in CHECKS.items() if (said := check(store))}
    return {"ready": not missing, "missing": missing}, 503 if missing else 200


def _schema(store: Store) -> str:
    """Reaches the database and finds the tables this version of the program needs."""
    try:
        found, needed = revisions(store)
    except SQLAlchemyError as error:
        log.error(trouble_words(error))
        return "The store does not answer."
    if found is None:
        return "The store has no tables yet; run: dex-server db upgrade"
    return "" if found == needed else "The store has another version; run: dex-server db upgrade"


CHECKS: Mapping[str, Check] = {"store": _schema}


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counts for Prometheus: open on this machine, elsewhere with the token of the settings."""
    settings: Settings = current_app.extensions["settings"]
    if not (_from_here() or _has_token(settings.metrics_token)):
        raise Unauthorized("Counts are shown on this machine, elsewhere with the token DEX_METRICS_TOKEN.")
    _look_at_jobs(current_app.extensions["store"], current_app.extensions["clock"]())
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _look_at_jobs(store: Store, now: datetime) -> None:
    """The worker serves no counts of its own: how its jobs fare is read from their table."""
    with contextlib.suppress(SQLAlchemyError), store.reading() as session:
        for state in session.scalars(sa.select(JobState)):
            JOB_LATE.labels(state.name).set(max((now - state.due).total_seconds(), 0))
            JOB_FAILED.labels(state.name).set(state.last_result.startswith(FAILED))


def _from_here() -> bool:
    """Whether the request was made on this machine, and not passed on by a proxy on it."""
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    try:
        return not passed_on and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token(token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
