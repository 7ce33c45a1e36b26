"""The one place where our exceptions become HTTP answers (RFC 9457)."""

import json
from collections.abc import Mapping

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from server.db import STORE_TROUBLE
from server.errors import BadRequest, MethodNotAllowed, NotFound, Problem, StoreAway
from server.web.body import BodyTooLarge
from server.web.rates import retry_anywhere

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
HELP_PATH = "/problems/"
"""Below it, every problem type has a page."""
INSTANCE_PREFIX = "urn:employee-dex:request:"


def register_problems(app: Flask) -> None:
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _from_http)
    for trouble in STORE_TROUBLE:
        app.register_error_handler(trouble, _store_away)
    app.register_error_handler(Exception, _unforeseen)


def problem_response(problem: Problem) -> Response:
    response = _answer(problem, problem.status)
    response.headers.extend(problem.headers)
    return response


def _answer(problem: Problem, status: int) -> Response:
    """`instance` is the request's id, by which its line in the log is found. Anonymous messages have none."""
    g.problem = problem.slug
    document = problem.document() | {"status": status}
    if "request_id" in g and not g.get("unlogged"):
        document["instance"] = INSTANCE_PREFIX + g.request_id
    response = Response(json.dumps(document), status, mimetype=MEDIA_TYPE)
    response.headers["Link"] = f'<{HELP_PATH}{problem.slug}>; rel="help"'
    return response


_OURS: Mapping[int, tuple[type[Problem], str]] = {
    404: (NotFound, "Nothing is at this address."),
    405: (MethodNotAllowed, "The header Allow names the methods it takes."),
    413: (BodyTooLarge, "A form is never as long as that."),
}
"""What the framework refuses by itself, as a problem of ours and in our words."""


def _from_http(error: HTTPException) -> Response:
    status = error.code or Problem.status
    kind, words = _OURS.get(status, (BadRequest if status < 500 else Problem, error.description or ""))
    response = _answer(kind(words), status)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response


def _store_away(error: Exception) -> Response:
    """Nothing was kept, nothing is wrong with the request; callers return spread over a minute and a half."""
    log.warning("the store does not answer", endpoint=request.endpoint, error=type(error).__name__)
    g.logged = True
    return problem_response(StoreAway("Come back later.", headers=retry_anywhere()))


def _unforeseen(error: Exception) -> Response:
    """A fault of ours: it is logged with its trace, and the caller learns nothing but that."""
    log.exception("request failed", endpoint=request.endpoint, exc_info=error)
    g.logged = True
    return problem_response(Problem("The fault was logged. Nothing that was acknowledged is lost."))
