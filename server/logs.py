"""Logs: one JSON object per line on standard error.

A line names a route, a status and a request id; it never holds an address, a device, a person or a
secret, because every line has a time, and when somebody works is nobody's business. Requests that went
well are only counted (`server.metrics`).
"""

import logging
import logging.config
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.config import LOG_LEVEL

_SECRET = re.compile(r"\bdex[a-z]_[0-9a-f]{32}_[\w-]+")
_QUOTED_ROW = re.compile(r"\bDETAIL:.*?(?=\n\nThe above exception|\n\[SQL|\Z)", re.DOTALL)
_MANY_THREADS = "Python threads"


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Black out our tokens, wherever they came from, and the rows that PostgreSQL quotes in its errors."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _QUOTED_ROW.sub("DETAIL: [left out]", _SECRET.sub("[secret]", value))
    return event


_STEPS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,  # the trace without the values of its variables
    _without_secrets,
]


def configure_logs(environ: Mapping[str, str] = os.environ) -> None:
    """Send our own lines and those of the libraries to standard error, as JSON."""
    least = logging.getLevelNamesMapping().get(environ.get(LOG_LEVEL, "").upper(), logging.INFO)
    structlog.configure(
        processors=[*_STEPS, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(library_logs())


def library_logs() -> dict[str, Any]:
    """The same for libraries that use Python's own logging, as a `dictConfig`; granian takes it as it is."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"known": {"()": _KnownWarnings}},
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
                "foreign_pre_chain": _STEPS,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "json",
                "filters": ["known"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    }


class _KnownWarnings(logging.Filter):
    """granian warns about many threads; many is what the writer's groups need."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _MANY_THREADS not in record.getMessage()
