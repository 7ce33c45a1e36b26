"""The door for what laptops send."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from agent.signals import LIMITS
from server.body import read_json_body
from server.clock import Clock
from server.devices.auth import current_device
from server.errors import Conflict, Unprocessable
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, Outcome
from server.ingest.writer import WAIT_SECONDS, Busy, Writer
from server.metrics import BATCHES, DROPPED
from server.rates import retry_after

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
    device = current_device()
    body = read_json_body(request)
    parsed = parse_batch(body.json)
    clock: Clock = current_app.extensions["clock"]
    check_day(parsed.batch.day, clock())
    writer: Writer = current_app.extensions["writer"]
    future = writer.submit(
        Delivery(device.org_id, device.device_id, parsed.batch, body.sent, parsed.drops.counts)
    )
    try:
        outcome = future.result(timeout=WAIT_SECONDS)
    except TimeoutError:
        raise Busy("Come back later.", headers=retry_after(device.device_id)) from None
    BATCHES.labels(outcome.value).inc()
    for (reason, _), count in parsed.drops.counts.items():
        DROPPED.labels(reason).inc(count)
    if outcome is Outcome.CLONE:
        raise InstallCloned("Take a new install id and enrol again with this token.")
    # Committed. Only now may the laptop delete its copy.
    return {"batch_id": str(parsed.batch.batch_id), "accepted": True, "dropped": parsed.drops.named}


def check_day(day: date, now: datetime) -> None:
    """Days that may still be delivered. Raises DayTooOld or DayInFuture."""
    first = now.date() - timedelta(days=LIMITS.days_back)
    if day < first:
        raise DayTooOld(f"Days before {first} are not taken any more.")
    if datetime.combine(day, time(), UTC) - now > timedelta(hours=LIMITS.hours_ahead):
        raise DayInFuture("The laptop's clock or date is wrong.")
