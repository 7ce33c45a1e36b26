"""A process that helps to load the demo company. It imports little, because it is started anew each time."""

import multiprocessing
import os
import signal
import threading


def start() -> None:
    """Ctrl-C is for the process that asks; one that was killed takes its helpers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
