"""A new certificate without an end: on SIGHUP, new workers take the places of the old ones, one by one.

They read the files of the certificate and its key anew. Files that do not fit together are left alone, and
the old workers stay.
"""

import importlib
import logging
import multiprocessing
import ssl
import time
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from dashboards.draining import Drained

READY_SECONDS = 60.0
"""So long a new worker may take to get ready, before the old one ends in any case."""
BOUND_SECONDS = 1.0
"""From then on it listens within this time."""

log = logging.getLogger("_granian")  # main has no other


class Renewed(Drained):
    """A Granian that looks at the certificate before it replaces workers, and waits for the new ones."""

    certificate: Path | None = None
    key: Path | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, respawn_interval=BOUND_SECONDS, **kwargs)
        self._ready = multiprocessing.Event()

    def serve(self, *_: Any, **__: Any) -> None:
        super().serve(target_loader=partial(_make, self.target, self._ready), wrap_loader=False)

    def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
        if self.certificate and self.key:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, "")
            except (OSError, ssl.SSLError):
                log.error("The new certificate and its key cannot be used; the old ones stay.")
                return
        super().signal_handler_reload(*args, **kwargs)

    def _spawn_worker(self, idx: int, **how: Any) -> Any:
        self._ready.clear()
        worker = super()._spawn_worker(idx=idx, **how)
        if idx in self.respawned_wrks:  # it takes the place of another, which ends once this has started
            worker.start = partial(self._start_and_wait, worker.start, worker)
        return worker

    def _start_and_wait(self, start: Any, worker: Any) -> None:
        start()
        end = time.monotonic() + READY_SECONDS
        while not self._ready.wait(0.05) and worker.is_alive() and time.monotonic() < end:
            if self.interrupt_signal:
                break


def _make(target: str, ready: Event) -> Any:
    """In a worker: the application that `module:function` makes."""
    module, _, function = target.partition(":")
    app = getattr(importlib.import_module(module), function)()
    ready.set()
    return app
