"""A copy of the embedded store, taken while it is in use, and a store made of such a copy."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.db import Store
from server.digests import NOTHING, Digest, digest_of_rows
from server.errors import UsageError
from server.revisions import MIGRATIONS, known_revisions

_NOBODY_WRITES = "immutable=1"


def backup(store: Store, target: Path) -> Digest:
    """Write one state of the SQLite store, whole, to a new file that only its owner can read.

    Returns the fingerprint by which `restore` knows it again. UsageError where there is no such store, or the
    file is there or cannot be written.
    """
    if not store.is_sqlite:
        raise UsageError("This store is PostgreSQL; take its copy with pg_dump.")
    source = Path(str(store.engine.url.database))
    _make_private(target)
    try:
        with closing(_opened(source, "mode=ro")) as original:
            return _copied(original, target)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise UsageError(f"The copy failed ({error}). The disk may be full.") from None


def restore(
    copy: Path, target: Path, expected: str = "", make_ready: Callable[[Path], object] = lambda _file: None
) -> Digest:
    """Make the SQLite store `target`, which must not be there, of a copy; whole, checked and made ready by
    the caller, or not at all. Returns the fingerprint of the copy.

    UsageError for what is no whole copy, is none of this version or an earlier one, or has another
    fingerprint than the `expected` one.
    """
    for there in (target, *_journals(target)):
        if there.exists():
            raise UsageError(f"{there} is there already; a copy is restored into an empty place.")
    unchecked = target.with_name(target.name + ".unchecked")
    unchecked.unlink(missing_ok=True)  # of a run that was killed
    _make_private(unchecked)
    try:
        with _original(copy) as original:
            digest = _copied(original, unchecked)
            _check(original, unchecked, digest, expected)
        make_ready(unchecked)
        os.link(unchecked, target)  # unlike a renaming, it never replaces
    except sqlite3.Error as error:
        raise UsageError(f"{copy} is no copy of a store, or is damaged: {error}.") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        for left in (unchecked, *_journals(unchecked)):
            left.unlink(missing_ok=True)
    return digest


def _journals(file: Path) -> tuple[Path, Path]:
    return file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")


def _make_private(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise UsageError(f"{file} is there already; name a new file.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from None


def _opened(file: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True)


@contextmanager
def _original(copy: Path) -> Iterator[sqlite3.Connection]:
    """A copy may lie on a medium that cannot be written, where SQLite wants to know that nobody writes."""
    if not copy.is_file():
        raise UsageError(f"There is no file {copy}.")
    live = any(journal.exists() for journal in _journals(copy))
    with closing(_opened(copy, "mode=ro" if live else _NOBODY_WRITES)) as original:
        yield original


def _copied(original: sqlite3.Connection, target: Path) -> Digest:
    with closing(sqlite3.connect(target)) as copy:
        original.backup(copy)  # in one step, so that writers go on and never make it begin again
        return _fingerprint(copy)


def _check(original: sqlite3.Connection, restored: Path, digest: Digest, expected: str) -> None:
    with closing(_opened(restored, _NOBODY_WRITES)) as copy:
        said = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        said += [f"row {row} of {table} belongs to nothing" for table, row, *_ in _orphans(copy)]
        if said != ["ok"]:
            raise UsageError(f"The copy is damaged: {said[0]}.")
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision not in known_revisions(MIGRATIONS):
        raise UsageError(f"The copy was made by a newer version of this program; it is at {revision}.")
    if _fingerprint(original) != digest:
        raise UsageError("What was written is not what the copy holds; look after the disk.")
    if expected and str(digest) != expected:
        raise UsageError(f"The copy has the fingerprint {digest}, not {expected}.")


def _orphans(copy: sqlite3.Connection) -> list[tuple[str, int]]:
    return copy.execute("PRAGMA foreign_key_check").fetchall()


def _fingerprint(store: sqlite3.Connection) -> Digest:
    """Of all tables as SQLite holds them, so that it can be told of a copy of any version."""
    total = NOTHING
    names = store.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (name,) in names.fetchall():
        total += digest_of_rows(name, store.execute(f'SELECT * FROM "{name}"'))  # noqa: S608 (our tables)
    return total
