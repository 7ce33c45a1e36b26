"""Our exceptions, each with the HTTP status, the stable type and the sentence of an RFC 9457 problem."""

from collections.abc import Mapping
from typing import Any

TYPE_PREFIX = "urn:employee-dex:problem:"


class Problem(Exception):
    """Something a caller did or met. Subclasses fix `status`, `slug` and `title`; `detail` is one sentence.

    `extra` holds further members of the problem document, `headers` further HTTP headers.
    """

    status = 500
    slug = "internal"
    title = "Something went wrong here"

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.headers = dict(headers or {})
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """The problem as a JSON object (RFC 9457, section 3)."""
        return {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class BadRequest(Problem):
    status, slug, title = 400, "bad-request", "The request could not be read"


class Unauthorized(Problem):
    status, slug, title = 401, "unauthorized", "Who is asking is not known"


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", "This is not allowed"


class NotFound(Problem):
    status, slug, title = 404, "not-found", "There is nothing here"


class MethodNotAllowed(Problem):
    status, slug, title = 405, "method-not-allowed", "This address does not take that method"


class Conflict(Problem):
    status, slug, title = 409, "conflict", "This does not fit what is already here"


class Unprocessable(Problem):
    status, slug, title = 422, "unprocessable", "The request was read but cannot be accepted"


class TryLater(Problem):
    status, slug, title = 503, "try-later", "Too much at once"


class StoreAway(TryLater):
    slug, title = "store-away", "The collector does not reach its store"


class UsageError(Exception):
    """A command was given something it cannot work with; its text is shown as one sentence."""


class LeaseLost(Exception):
    """Somebody else has the job by now; what this run did last was not written."""
