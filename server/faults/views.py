"""The worklist of faults for IT and its programs."""

import msgspec
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from server.access.audit import signed_in_as
from server.access.current import granted
from server.faults.looks import look_at_all
from server.people.models import Organisation
from server.people.organisations import local_day

bp = Blueprint("faults", __name__)


@bp.get("/api/v1/faults")
def faults() -> ResponseReturnValue:
    store, now, grant = current_app.extensions["store"], current_app.extensions["clock"](), granted()
    with store.reading() as session:
        today = local_day(session.get_one(Organisation, grant.org_id), now)
    found = look_at_all(store, grant.org_id, signed_in_as(grant), today)
    response = Response(msgspec.json.encode(found), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
