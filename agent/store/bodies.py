"""A batch as it is kept and sent: JSON, gzip. Apart from the spool, which needs no gzip for the service."""

import gzip
import json
from collections.abc import Mapping
from typing import Any


def packed(content: Mapping[str, Any]) -> bytes:
    """The body as it is sent: JSON, gzip."""
    return gzip.compress(
        json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(), mtime=0
    )


def unpacked(body: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(gzip.decompress(body))
    return content
