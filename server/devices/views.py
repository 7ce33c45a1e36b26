"""The doors for laptops: enrol, and ask what to collect."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.clock import Clock
from server.config import Settings
from server.db import Store
from server.devices.auth import Device, current_device
from server.devices.owner import owner_on, owner_part
from server.devices.payload import parse_enrolment
from server.devices.store import enroll
from server.devices.tokens import bearer
from server.faults.queries import own_faults
from server.policy.queries import policy_of
from server.policy.shared import SharedPolicies
from server.pulse.queries import labels_of_laptop, period_policy, pulse_policy
from server.rights.looks_told import looks_told
from server.web.body import read_json_body
from server.web.rates import at_once

bp = Blueprint("devices", __name__)

POLICIES_AT_ONCE = 16
"""A laptop that returns asks for its policy first; a whole fleet that does leaves threads and connections for
batches."""


@bp.post("/api/v1/enroll")
def enrol() -> ResponseReturnValue:
    """Let a laptop in by an enrolment key; its token is in the answer and nowhere else."""
    store: Store = current_app.extensions["store"]
    clock: Clock = current_app.extensions["clock"]
    settings: Settings = current_app.extensions["settings"]
    asked = parse_enrolment(read_json_body(request).json)
    credential = bearer(request.headers.get("Authorization"))
    now = clock()
    with store.transaction() as session:
        admitted = enroll(session, credential, asked, now.date())
        pulse = pulse_policy(session, admitted.org_id, admitted.device_id, now)
        policy = policy_of(session, admitted.org_id, pulse, settings.backlog_pace)
        owner = owner_on(session, admitted.org_id, admitted.device_id, now.date())
        policy["owner"] = owner_part(admitted.device_id, owner)
        policy["faults"] = _faults(session, admitted.org_id, admitted.device_id)
        policy["looks"] = _looks(session, admitted.org_id, admitted.device_id, now)
    return {
        "device_id": str(admitted.device_id),
        "token": admitted.token,
        "organisation": str(admitted.org_id),
        "policy": policy,
    }, 201


@bp.get("/api/v1/policy")
@at_once(POLICIES_AT_ONCE)
def what_to_collect() -> ResponseReturnValue:
    """The policy of the laptop that asks; 304 while it is the one it has."""
    shared: SharedPolicies = current_app.extensions["policies"]
    device = current_device()
    with shared.asking():
        document = _of_laptop(shared.of(device.org_id, lambda: _policy_of_all(device.org_id)), device)
    body = msgspec.json.encode(document, order="sorted")
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest())
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response.make_conditional(request)


def _policy_of_all(org_id: UUID) -> dict[str, Any]:
    """The policy of an organisation's laptops, but for what differs by laptop."""
    store: Store = current_app.extensions["store"]
    clock: Clock = current_app.extensions["clock"]
    settings: Settings = current_app.extensions["settings"]
    with store.reading() as session:
        return policy_of(session, org_id, period_policy(session, org_id, clock()), settings.backlog_pace)


def _of_laptop(policy: dict[str, Any], device: Device) -> dict[str, Any]:
    """What only this laptop is told: its labels of the pulse, what IT sees as wrong with it, who of IT
    looked at it, and whether it has another owner now."""
    store: Store = current_app.extensions["store"]
    clock: Clock = current_app.extensions["clock"]
    with store.reading() as session:
        own: dict[str, Any] = {"faults": _faults(session, device.org_id, device.device_id)}
        own["looks"] = _looks(session, device.org_id, device.device_id, clock())
        owner = owner_on(session, device.org_id, device.device_id, clock().date())
        own["owner"] = owner_part(device.device_id, owner)
        if policy["pulse"]:
            period = policy["pulse"]["period"]
            labels = labels_of_laptop(session, device.org_id, device.device_id, period, owner.person)
            own["pulse"] = policy["pulse"] | labels
    return policy | own


def _faults(session: Session, org_id: UUID, device_id: UUID) -> list[Any]:
    found: list[Any] = msgspec.to_builtins(own_faults(session, org_id, device_id))
    return found


def _looks(session: Session, org_id: UUID, device_id: UUID, now: datetime) -> list[Any]:
    found: list[Any] = msgspec.to_builtins(looks_told(session, org_id, device_id, now))
    return found
