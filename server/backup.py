"""A copy of the embedded store, taken while it is in use."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from server.db import Store
from server.errors import UsageError


def backup(store: Store, target: Path) -> None:
    """Write one state of the SQLite store, whole, to a new file that only its owner can read.

    UsageError where there is no such store, or the file is there or cannot be written.
    """
    if not store.is_sqlite:
        raise UsageError("This store is PostgreSQL; take its copy with pg_dump.")
    source = store.engine.url.database
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise UsageError(f"{target} is there already; name a new file.") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.") from None
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)  # in one step, so that writers go on and never make it begin again
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise UsageError(f"The copy failed: {error}.") from None
