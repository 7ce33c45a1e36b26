"""The audit log for programs."""

import msgspec
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from server.access.current import granted
from server.errors import BadRequest
from server.rights.audit_answer import audit_log

bp = Blueprint("rights", __name__, url_prefix="/api/v1")

_NUMBER_MOST = 2**31 - 1


@bp.get("/audit")
def audit() -> ResponseReturnValue:
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit() and int(after) <= _NUMBER_MOST):
        raise BadRequest("after is the number of an entry.")
    with current_app.extensions["store"].reading() as session:
        found = audit_log(session, granted().org_id, int(after))
    response = Response(msgspec.json.encode(found), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
