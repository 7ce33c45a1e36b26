"""Bodies of requests: read and unpacked in pieces, so that none takes more memory than its limit."""

import zlib
from dataclasses import dataclass
from typing import IO, Protocol

from agent.signals import LIMITS
from server.errors import Problem

PIECE = 64 * 1024
MOST_VALUES = 20_000
"""Values in a body, three times those of the largest batch there can be. Two megabytes of empty lists are
700,000, and take a processor for a second."""
_GZIP = 31  # window bits of zlib for a gzip header and nothing else
_MAGIC = b"\x1f\x8b"


class MalformedBody(Problem):
    status, slug, title = 400, "malformed-body", "The body could not be read"


class BodyTooLarge(Problem):
    status, slug, title = 413, "body-too-large", "The body is too large"


class UnsupportedMediaType(Problem):
    status, slug, title = 415, "unsupported-media-type", "The body must be JSON, plain or gzip"


class Request(Protocol):
    """What is needed of Flask's request."""

    @property
    def mimetype(self) -> str: ...
    @property
    def content_encoding(self) -> str | None: ...
    @property
    def content_length(self) -> int | None: ...
    @property
    def stream(self) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it came, and the JSON in it."""

    sent: bytes
    json: bytes


def read_json_body(
    request: Request, limit: int = LIMITS.body_bytes, plain_limit: int = LIMITS.plain_bytes
) -> Body:
    """The body of a JSON request, plain or gzip. Raises a Problem for any other, and beyond the limits."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send Content-Type: application/json.")
    encoding = (request.content_encoding or "identity").strip().lower()
    if encoding not in ("gzip", "identity"):
        raise UnsupportedMediaType("Send Content-Encoding: gzip, or none.")
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    sent = _read(request.stream, limit)
    json = unpacked(sent, plain_limit) if encoding == "gzip" else sent
    check_values(json)
    return Body(sent, json)


def _read(stream: IO[bytes], limit: int) -> bytes:
    pieces = []
    length = 0
    while piece := stream.read(min(PIECE, limit + 1 - length)):
        length += len(piece)
        if length > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def unpacked(sent: bytes, limit: int = LIMITS.plain_bytes) -> bytes:
    """The one gzip member in these bytes, at most `limit` long."""
    machine = zlib.decompressobj(_GZIP)
    try:
        plain = machine.decompress(sent, limit + 1)
    except zlib.error as error:
        raise MalformedBody("The body is not valid gzip.") from error
    if len(plain) > limit:
        raise _too_large(limit)
    if not machine.eof:
        raise MalformedBody("The gzip body ends too early.")
    if machine.unused_data:
        raise MalformedBody("Something follows the gzip body.")
    return plain


def check_values(json: bytes) -> None:
    """Raises BodyTooLarge for more values than are read; those in texts count too, because that is quick."""
    if json.count(b",") + json.count(b"[") + json.count(b"{") > MOST_VALUES:
        raise BodyTooLarge(f"At most {MOST_VALUES} values are accepted.")


def stored_json(sent: bytes) -> bytes:
    """The JSON of a body that was kept as it came."""
    return unpacked(sent) if is_packed(sent) else sent


def is_packed(sent: bytes) -> bool:
    """Whether a body that was kept came as gzip."""
    return sent.startswith(_MAGIC)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {limit} bytes are accepted.")
