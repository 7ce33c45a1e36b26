"""Fleet health for programs: the counts behind IT's page."""

from datetime import date

import msgspec
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from server.access.current import granted
from server.errors import NotFound
from server.fleet.counts import FleetCounts
from server.fleet.queries import newest_count

bp = Blueprint("fleet_counts", __name__)


class Fleet(msgspec.Struct, frozen=True):
    """The counts as they were on a day; they are made once a day."""

    counted_on: date
    counts: FleetCounts


@bp.get("/api/v1/fleet")
def fleet() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        found = newest_count(session, granted().org_id)
    if found is None:
        raise NotFound("The laptops have not been counted yet.")
    answer = msgspec.json.encode(Fleet(found.counted_on, found.counts))
    response = Response(answer, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
