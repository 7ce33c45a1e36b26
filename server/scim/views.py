"""The door for identity providers, `/scim/v2`: the SCIM library behind our tokens, limits and logs."""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from scim2_flask import ScimServer
from scim2_models import Error, InvalidSyntaxException, SCIMException, UnauthorizedException
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService

from server.config import Settings
from server.db import Store
from server.errors import Problem
from server.scim.limits import MOST_BYTES, check_body, check_filter
from server.scim.schemas import PROVIDER
from server.scim.shapes import filter_in_standard_words, in_standard_words
from server.scim.storage import Caller, DirectoryStorage
from server.scim.tokens import directory_of, note_use
from server.web.body import BodyTooLarge, check_values

log = structlog.get_logger()

ROOT = "/scim/v2"
_MEDIA_TYPE = "application/scim+json"


def serve_directories(app: Flask) -> None:
    """Open the door in this application, whose store, clock and settings are there already."""
    storage = DirectoryStorage(app.extensions["store"], _caller, app.extensions["clock"])
    Door(storage, PROVIDER, app, service=Service(PROVIDER), url_prefix=ROOT)


class Service(ScimService):
    """The library's; faults of ours within a bulk request are not passed over in silence."""

    def bulk_failure(self, outcome: dict[str, Any], exception: Exception) -> dict[str, Any]:
        if not isinstance(exception, SCIMException):
            log.exception("an operation of a bulk request failed", exc_info=exception)
        return super().bulk_failure(outcome, exception)


class Door(ScimServer):
    """Asks for a token first, and reads bodies within limits and in the words of the standard."""

    def create_blueprint(self) -> Blueprint:
        blueprint = super().create_blueprint()
        blueprint.before_request(_let_in)
        blueprint.after_request(_note_refusal)
        blueprint.register_error_handler(Problem, _problem)
        return blueprint

    def read_request(self) -> ScimRequest:
        settings: Settings = current_app.extensions["settings"]
        path = request.path.removeprefix(self.url_prefix)
        return ScimRequest(
            method=request.method,
            base_url=settings.public_url.rstrip("/") + self.url_prefix,
            path=path,
            query=_query(),
            headers=list(request.headers.items()),
            subject=g.directory,
            body=_body(path),
        )


def _let_in() -> None:
    """Raises UnauthorizedException without a good token."""
    store: Store = current_app.extensions["store"]
    today = current_app.extensions["clock"]().date()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    with store.reading() as session:
        directory = directory_of(session, token.strip(), today) if scheme.lower() == "bearer" else None
    if directory is None:
        raise UnauthorizedException(detail="This token is not good, or not any more")
    g.directory = directory
    if not directory.used_today:
        with store.transaction() as session:
            note_use(session, directory, today)


def _caller() -> Caller:
    reads = request.method == "GET" or request.path.endswith("/.search")
    return Caller(g.directory.org_id, reads)


def _query() -> dict[str, str]:
    asked = request.args.to_dict()
    if "filter" in asked:
        check_filter(asked["filter"])
        asked["filter"] = filter_in_standard_words(asked["filter"])
    return asked


def _body(path: str) -> bytes:
    """The body, in standard words; what is no JSON as it came, for the library to say so."""
    if request.method not in ("POST", "PUT", "PATCH"):
        return b""
    if (request.content_length or 0) > MOST_BYTES:
        raise BodyTooLarge(f"At most {MOST_BYTES} bytes are accepted.")
    sent = request.get_data()
    check_values(sent)
    try:
        told = msgspec.json.decode(sent)
        check_body(told)
    except msgspec.DecodeError:
        return sent
    except RecursionError:
        raise InvalidSyntaxException(detail="The body is too deep") from None
    return msgspec.json.encode(in_standard_words(request.method, path, told))


def _note_refusal(response: Response) -> Response:
    """Refusals are counted and logged by a word of a closed list."""
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        g.setdefault("problem", f"scim-{response.status_code}")
    return response


def _problem(problem: Problem) -> Response:
    """A refusal of ours in the words of SCIM."""
    g.problem = problem.slug
    error = Error(status=problem.status, detail=problem.detail)
    return Response(
        msgspec.json.encode(error.model_dump()),
        problem.status,
        headers=problem.headers,
        mimetype=_MEDIA_TYPE,
    )
