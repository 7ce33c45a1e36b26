"""For operators: is the process alive, can it do its work, and what did it count."""

import ipaddress

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from server.access.bearer import brings
from server.config import Settings
from server.errors import Unauthorized
from server.metrics import counted
from server.upkeep.figures import StoreFigures, watch_connections
from server.web.readiness import missing

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when batches would be kept now; else 503 and what is missing."""
    found = missing(current_app)
    return {"ready": not found, "missing": found}, 503 if found else 200


@bp.record_once
def _watch(state: BlueprintSetupState) -> None:
    watch_connections(state.app.extensions["store"])


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counts for Prometheus: open on this machine, elsewhere with the token of the settings."""
    settings: Settings = current_app.extensions["settings"]
    if not (_from_here() or brings(settings.metrics_token)):
        raise Unauthorized("Counts are shown on this machine, elsewhere with the token DEX_METRICS_TOKEN.")
    registry = CollectorRegistry()
    registry.register(counted())
    extensions = current_app.extensions
    registry.register(StoreFigures(extensions["store"], settings.data, extensions["clock"]))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _from_here() -> bool:
    """Whether the request was made on this machine, and not passed on by a proxy on it."""
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    try:
        return not passed_on and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
