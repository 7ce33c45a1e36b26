"""Whether batches would be kept now, and if not, what is missing, in one sentence each."""

import shutil
from collections.abc import Callable, Mapping

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.config import Settings
from server.db import Store, trouble_words
from server.ingest.writer import Writer
from server.revisions import revisions
from server.web.ending import ENDING

LEAST_FREE_BYTES = 100 * 1024 * 1024
"""With less room than this beside the embedded store, somebody has to make some before it is full."""

log = structlog.get_logger()

Check = Callable[[Flask], str]
"""Says in one sentence what is wrong; an empty string means nothing is."""


def missing(app: Flask) -> dict[str, str]:
    """What keeps the collector from its work, by name."""
    return {name: said for name, check in CHECKS.items() if (said := check(app))}


def _schema(app: Flask) -> str:
    """Reaches the database and finds the tables this version of the program needs."""
    try:
        found, needed = revisions(app.extensions["store"])
    except SQLAlchemyError as error:
        log.error(trouble_words(error))
        return "The store does not answer."
    if found is None:
        return "The store has no tables yet; run: dex-server db upgrade"
    # A newer version has been there. It took nothing away that this one needs (docs/operate/upgrade.md).
    return "" if found >= needed else "The store is of an earlier version; run: dex-server db upgrade"


def _writer(app: Flask) -> str:
    writer: Writer = app.extensions["writer"]
    return "Nothing is written any more; start the collector again." if writer.is_dead() else ""


def _room(app: Flask) -> str:
    """Of the embedded store. PostgreSQL's disk is its own server's matter."""
    store: Store = app.extensions["store"]
    settings: Settings = app.extensions["settings"]
    if not store.is_sqlite or shutil.disk_usage(settings.data).free >= LEAST_FREE_BYTES:
        return ""
    return f"The disk of the store has less than {LEAST_FREE_BYTES // 1024**2} MiB left."


def _ending(app: Flask) -> str:
    return "The collector is about to end." if app.extensions.get(ENDING) else ""


CHECKS: Mapping[str, Check] = {"store": _schema, "writer": _writer, "room": _room, "collector": _ending}
