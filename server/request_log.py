"""Each request gets an id and is counted; it is logged only when it was refused or failed (`server.logs`)."""

import time
import uuid

import structlog
from flask import Flask, Response, g, request

from server.metrics import REQUESTS, SECONDS

log = structlog.get_logger()


def register_request_log(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if g.get("unlogged"):  # a door for anonymous messages: neither a line nor a count by time
            return response
        route = request.url_rule.rule if request.url_rule is not None else "none"
        REQUESTS.labels(route, request.method, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.began)
        response.headers["X-Request-Id"] = g.request_id
        if response.status_code >= 400:
            say = log.warning if response.status_code >= 500 else log.info
            say("request refused", route=route, method=request.method, status=response.status_code)
        return response
