"""Each request gets an id and is counted; it is logged only when it was refused or failed (`server.logs`).

A proxy that we believe may bring the id along (`X-Request-ID`), so that its lines and ours are found
together. From anybody else it would be a way to write into our logs.
"""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from server.config import Settings
from server.errors import TYPE_PREFIX
from server.metrics import REFUSED, REQUESTS, SECONDS

log = structlog.get_logger()

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
UNLOGGED = frozenset({"/api/v1/pulse/answers"})
"""Doors for anonymous messages: neither a line nor a count by time, however early a request is refused."""
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def register_request_log(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]

    @app.before_request
    def begin() -> None:
        g.unlogged = request.url_rule is not None and request.url_rule.rule in UNLOGGED
        g.began = time.perf_counter()
        g.request_id = _from_proxy(settings) or uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if g.unlogged:
            return response
        route = request.url_rule.rule if request.url_rule is not None else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        response.headers[HEADER] = g.request_id
        if response.status_code >= 400:
            reason = g.get("problem", "other").removeprefix(TYPE_PREFIX)
            REFUSED.labels(reason).inc()
            if "logged" not in g:  # a fault has its line already, with more in it
                say = log.warning if response.status_code >= 500 else log.info
                say("request refused", route=route, method=method, status=response.status_code, reason=reason)
        return response


def _from_proxy(settings: Settings) -> str | None:
    given = request.headers.get(HEADER, "") if settings.proxies else ""
    return given if _ID.fullmatch(given) else None
