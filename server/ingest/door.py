"""The door for batches stands before the web framework: nearly all requests are batches that are taken.

What is taken is answered here. What is refused goes on to the framework, which raises the same problem again
(`server/ingest/views.py`) and so answers, counts and logs it like any other.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import IO, TYPE_CHECKING, Any

import msgspec
from werkzeug.wsgi import get_input_stream

from agent.signals import LIMITS
from server.config import Settings
from server.db import Store
from server.devices.auth import Claim, claim_in, proven, unauthorized
from server.drops import Drops
from server.errors import Conflict, Problem, Unprocessable
from server.ingest.payload import Parsed, parse_batch
from server.ingest.store import Delivery, Outcome
from server.ingest.writer import WAIT_SECONDS, Busy, Writer
from server.metrics import BATCHES, DROPPED, REQUESTS, SECONDS
from server.web.body import Body, read_json_body
from server.web.hosts import check_host, own_names
from server.web.rates import Rates, retry_after, sender_at
from server.web.reading import Measured

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

PATH = "/api/v1/batches"
REFUSED = "dex.refused"
"""In the environment of a request: the problem for which the door sent it on."""

UNPROVEN_BYTES = 8 * 1024
UNPROVEN_PLAIN_BYTES = 64 * 1024
"""A batch up to this size, packed and plain, is decoded before its token is checked with those of its group.
A day's summary has 1 KB and 4 KB, so what a stranger sends costs no more than what a laptop sends."""

_encode = msgspec.json.Encoder().encode


class DayTooOld(Unprocessable):
    slug, title = "day-too-old", "The day is too long ago"


class DayInFuture(Unprocessable):
    slug, title = "day-in-future", "The day has not begun anywhere on earth"


class InstallCloned(Conflict):
    slug, title = "install-cloned", "Another laptop sends under this installation"


class _Arriving:
    """What is asked of a request here. The framework's takes as long as decoding the batch in it."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self.mimetype: str = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        self.content_encoding: str | None = environ.get("HTTP_CONTENT_ENCODING")
        length: str = environ.get("CONTENT_LENGTH", "")
        self.content_length = int(length) if length.isdecimal() else None
        self.stream: IO[bytes] = get_input_stream(environ)


class Door:
    """A WSGI application that takes batches and gives all else to the next one."""

    def __init__(self, app: "Flask", following: "WSGIApplication") -> None:
        settings: Settings = app.extensions["settings"]
        self._extensions = app.extensions
        self._names = own_names(settings)
        self._following = following
        self._taken = REQUESTS.labels(PATH, "POST", 200)
        self._seconds = SECONDS.labels(PATH)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return self._following(environ, start_response)
        began = time.perf_counter()
        try:
            answer = _encode(self._take(environ))
        except Exception as error:
            environ[REFUSED] = error
            return self._following(environ, start_response)
        self._taken.inc()
        self._seconds.observe(time.perf_counter() - began)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer))),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("200 OK", headers)
        return [answer]  # a list: granian sends it at once, and anything else piece by piece

    def _take(self, environ: "WSGIEnvironment") -> dict[str, Any]:
        """Keep one batch. Safe to repeat: one that is here already is acknowledged again."""
        check_host(environ, self._names)
        rates: Rates = self._extensions["rates"]
        address = sender_at(environ.get("REMOTE_ADDR", ""))
        if address:
            rates.check_address(address)
        claim = claim_in(environ.get("HTTP_AUTHORIZATION"))
        rates.expect_laptop(claim.device_id)
        environ["wsgi.input"] = Measured(environ["wsgi.input"], self._extensions["places"], address)
        delivery, drops = self._read(_Arriving(environ), claim)
        outcome = self._kept(delivery)
        if delivery.token_hash is not None:
            rates.count_laptop(claim.device_id)
        BATCHES.labels(outcome.value).inc()
        for (reason, _), count in drops.counts.items():
            DROPPED.labels(reason).inc(count)
        if outcome is Outcome.CLONE:
            raise InstallCloned("Take a new install id and enrol again with this token.")
        # Committed. Only now may the laptop delete its copy.
        return {"batch_id": delivery.batch.batch_id, "accepted": True, "dropped": drops.named}

    def _read(self, request: _Arriving, claim: Claim) -> tuple[Delivery, Drops]:
        """The batch in a request; a large one of laptops alone that are known."""
        known = False
        try:
            if (request.content_length or LIMITS.body_bytes) > UNPROVEN_BYTES:
                known = self._know(claim)
            body = read_json_body(request)
            if not known and len(body.json) > UNPROVEN_PLAIN_BYTES:
                known = self._know(claim)
            parsed = parse_batch(body.json)
            check_day(parsed.batch.day, self._extensions["clock"]())
        except Problem:
            if not known:
                self._know(claim)  # whoever is not known learns nothing else
            raise
        return _delivery(claim, known, parsed, body), parsed.drops

    def _know(self, claim: Claim) -> bool:
        """Look up one laptop by itself, and count its request. Raises Unauthorized, or TooManyRequests."""
        store: Store = self._extensions["store"]
        with store.reading() as session:
            proven(session, claim)
        rates: Rates = self._extensions["rates"]
        rates.check_laptop(claim.device_id)
        return True

    def _kept(self, delivery: Delivery) -> Outcome:
        writer: Writer = self._extensions["writer"]
        future = writer.submit(delivery)
        try:
            outcome = future.result(timeout=WAIT_SECONDS)
        except TimeoutError:
            raise Busy("Come back later.", headers=retry_after(delivery.device_id)) from None
        if outcome is Outcome.UNKNOWN:
            raise unauthorized()
        return outcome


def _delivery(claim: Claim, known: bool, parsed: Parsed, body: Body) -> Delivery:
    token_hash = None if known else claim.token_hash
    return Delivery(claim.org_id, claim.device_id, parsed.batch, body.sent, parsed.drops.counts, token_hash)


def check_day(day: date, now: datetime) -> None:
    """Days that may still be delivered. Raises DayTooOld or DayInFuture."""
    first = now.date() - timedelta(days=LIMITS.days_back)
    if day < first:
        raise DayTooOld(f"Days before {first} are not taken any more.")
    if datetime.combine(day, time_of_day(), UTC) - now > timedelta(hours=LIMITS.hours_ahead):
        raise DayInFuture("The laptop's clock or date is wrong.")
