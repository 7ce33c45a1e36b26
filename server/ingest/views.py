"""The door for what laptops send."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from agent.signals import LIMITS
from server.body import read_json_body
from server.clock import Clock
from server.contract import Drops
from server.devices.auth import Claim, claimed_device, current_device, unauthorized
from server.errors import Conflict, Problem, Unprocessable
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, Outcome
from server.ingest.writer import WAIT_SECONDS, Busy, Writer
from server.metrics import BATCHES, DROPPED
from server.rates import Rates, retry_after

UNPROVEN_BYTES = 8 * 1024
UNPROVEN_PLAIN_BYTES = 64 * 1024
"""A batch up to this size, packed and plain, is read before it is known whether its token is right; a day's
summary has 1 KB and 3 KB. So a stranger costs no more than microseconds."""

bp = Blueprint("ingest", __name__)


class DayTooOld(Unprocessable):
    slug, title = "day-too-old", "The day is too long ago"


class DayInFuture(Unprocessable):
    slug, title = "day-in-future", "The day has not begun anywhere on earth"


class InstallCloned(Conflict):
    slug, title = "install-cloned", "Another laptop sends under this installation"


@bp.record_once
def _bring_writer(state: BlueprintSetupState) -> None:
    extensions = state.app.extensions
    extensions["writer"] = Writer(extensions["store"], extensions["clock"])


@bp.post("/api/v1/batches")
def receive_batch() -> ResponseReturnValue:
    """Keep one batch. Safe to repeat: one that is here already is acknowledged again."""
    claim = claimed_device()
    try:
        delivery, drops = _read(claim)
    except Problem:
        current_device()  # whoever is not known learns nothing else
        raise
    writer: Writer = current_app.extensions["writer"]
    future = writer.submit(delivery)
    try:
        outcome = future.result(timeout=WAIT_SECONDS)
    except TimeoutError:
        raise Busy("Come back later.", headers=retry_after(claim.device_id)) from None
    if outcome is Outcome.UNKNOWN:
        raise unauthorized()
    _count(delivery, outcome)
    if outcome is Outcome.CLONE:
        raise InstallCloned("Take a new install id and enrol again with this token.")
    # Committed. Only now may the laptop delete its copy.
    return {"batch_id": str(delivery.batch.batch_id), "accepted": True, "dropped": drops.named}


def _read(claim: Claim) -> tuple[Delivery, Drops]:
    """The batch of this request. What costs more than most is read of a laptop that is known, and nobody else."""
    large = (request.content_length or LIMITS.body_bytes) > UNPROVEN_BYTES
    if large:
        current_device()
    body = read_json_body(request)
    if not large and len(body.json) > UNPROVEN_PLAIN_BYTES:
        current_device()
        large = True
    parsed = parse_batch(body.json)
    clock: Clock = current_app.extensions["clock"]
    check_day(parsed.batch.day, clock())
    token_hash = None if large else claim.token_hash
    counts = parsed.drops.counts
    return Delivery(claim.org_id, claim.device_id, parsed.batch, body.sent, counts, token_hash), parsed.drops


def _count(delivery: Delivery, outcome: Outcome) -> None:
    if delivery.token_hash is not None:
        rates: Rates = current_app.extensions["rates"]
        rates.count_laptop(delivery.device_id)
    BATCHES.labels(outcome.value).inc()
    for (reason, _), count in delivery.drops.items():
        DROPPED.labels(reason).inc(count)


def check_day(day: date, now: datetime) -> None:
    """Days that may still be delivered. Raises DayTooOld or DayInFuture."""
    first = now.date() - timedelta(days=LIMITS.days_back)
    if day < first:
        raise DayTooOld(f"Days before {first} are not taken any more.")
    if datetime.combine(day, time(), UTC) - now > timedelta(hours=LIMITS.hours_ahead):
        raise DayInFuture("The laptop's clock or date is wrong.")
