"""The doors of the pulse: laptops fetch the list of labels and their tokens; answers come from nobody."""

import base64
from datetime import datetime

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from agent.signals import LIMITS
from server.clock import Clock
from server.db import Store
from server.devices.auth import current_device
from server.errors import NotFound
from server.pulse.blind_sign import blind_sign
from server.pulse.errors import IdentityRefused
from server.pulse.payload import Answer, TokenRequest, decoded
from server.pulse.queries import current_period
from server.pulse.store import keep_answer, note_issued
from server.web.body import read_json_body

IDENTIFYING = ("Authorization", "Cookie")

bp = Blueprint("pulse", __name__)


@bp.get("/api/v1/pulse/labels")
def published_labels() -> ResponseReturnValue:
    """The list of labels of the running period, the same bytes for everybody; its ETag is their SHA-256."""
    device = current_device()
    with _store().reading() as session:
        period = current_period(session, device.org_id, _now())
    if period is None:
        raise NotFound("No period of the pulse is running.")
    response = Response(period.labels, mimetype="application/json")
    response.set_etag(period.labels_hash)
    return response.make_conditional(request)


@bp.post("/api/v1/pulse/tokens")
def issue_tokens() -> ResponseReturnValue:
    """Sign a person's blinded tokens, once per period; the same request again gets the same answer."""
    device = current_device()
    wanted = decoded(_body(), TokenRequest)
    with _store().transaction() as session:
        keys = note_issued(session, device.org_id, device.device_id, wanted, _now())
    signatures = [blind_sign(key, token.blinded) for key, token in zip(keys, wanted.tokens, strict=True)]
    return {"signatures": [base64.b64encode(signature).decode() for signature in signatures]}


@bp.post("/api/v1/pulse/answers")
def receive_answer() -> ResponseReturnValue:
    """Keep one anonymous message. A request that says whose it is, is refused; none is logged."""
    if any(name in request.headers for name in IDENTIFYING):
        raise IdentityRefused("Send it without Authorization and Cookie; it was not kept.")
    answer = decoded(_body(), Answer)
    with _store().transaction() as session:
        keep_answer(session, answer, _now())
    return {"accepted": True}


def _body() -> bytes:
    """The JSON of a request. Raises UnsupportedMediaType, BodyTooLarge or MalformedBody."""
    return read_json_body(request, LIMITS.pulse_bytes, LIMITS.pulse_bytes).json


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _now() -> datetime:
    clock: Clock = current_app.extensions["clock"]
    return clock()
