"""What goes to standard error while logs are configured as in a server."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from server.logs import configure_logs


@contextmanager
def written_logs(environ: Mapping[str, str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines so far, each of which has to be JSON."""
    stream, standard = io.StringIO(), sys.stderr
    root = logging.getLogger()
    before = root.handlers[:]
    sys.stderr = stream
    try:
        configure_logs(environ)
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        sys.stderr = standard
        root.handlers[:] = before
        structlog.reset_defaults()
