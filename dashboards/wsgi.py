"""What granian runs in its worker: the application of the data directory that main named."""

import gc
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from dashboards import create_app
from dashboards.draining import hear_of_the_end
from dashboards.parent import end_with_parent
from dashboards.serve import BACKPRESSURE, WORKERS
from dashboards.stalled import Watch
from server.config import DATA, Settings
from server.db import Store, trouble_words
from server.ingest.uptime import mark_up
from server.logs import configure_logs
from server.web.reading import Places

MARK_SECONDS = 300

log = structlog.get_logger()


def make_app() -> Flask:
    """Runs in the worker's main thread. The worker must not outlive a main that was killed."""
    end_with_parent(os.getppid())
    configure_logs()
    app = create_app(_settings())
    hear_of_the_end(app)
    places: Places = app.extensions["places"]
    settings: Settings = app.extensions["settings"]
    Watch(BACKPRESSURE, lambda: places.are_full, trusts_peers=settings.proxies > 0).start()
    threading.Thread(target=_keep_marking, args=(app,), daemon=True, name="uptime").start()
    gc.collect()
    gc.freeze()  # what is there now stays, so no collection need look at it again
    return app


def _settings() -> Settings:
    """Those of the installation; the measure of an address is parted among the workers, to which its
    connections come at random. A laptop's is not: it sends all it has over one connection."""
    loaded = Settings.load(Path(os.environ[DATA]))
    return replace(loaded, address_rate=loaded.address_rate / int(os.environ.get(WORKERS, "1")))


def _keep_marking(app: Flask) -> None:
    """Note every few minutes that this hour had a collector."""
    store: Store = app.extensions["store"]
    while True:
        try:
            with store.transaction() as session:
                mark_up(session, app.extensions["clock"]())
        except SQLAlchemyError as error:
            log.error(trouble_words(error))
        time.sleep(MARK_SECONDS)
