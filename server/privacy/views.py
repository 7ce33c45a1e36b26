"""Results for programs: the numbers behind every page, with the same rounding and the same limits by role."""

import msgspec
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from server.access.current import granted
from server.privacy.lifecycle_figures import lifecycle_of
from server.privacy.result_queries import detail_for, groups_for, released_week_for

bp = Blueprint("results", __name__, url_prefix="/api/v1")


@bp.get("/groups")
def groups() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        return _json(groups_for(session, granted(), request.args.get("week"), "grid" in request.args))


@bp.get("/groups/<kind>/<path:name>")
def group(kind: str, name: str) -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        return _json(detail_for(session, granted(), f"{kind}:{name}", request.args.get("week")))


@bp.get("/releases/<week>")
def release(week: str) -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        return _json(released_week_for(session, granted(), week))


@bp.get("/lifecycle")
def lifecycle() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        return _json(lifecycle_of(session, granted().org_id))


def _json(result: msgspec.Struct) -> Response:
    response = Response(msgspec.json.encode(result), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
