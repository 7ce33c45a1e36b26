"""The history of dnf, a database: `/var/lib/dnf/history.sqlite` (dnf 4), and since Fedora 41
`/usr/lib/sysimage/libdnf5/transaction_history.sqlite` (dnf 5). Transactions that upgraded packages are the
system's updates. Command lines and who asked are not read.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from agent.records import times
from agent.records.errors import Unreadable
from agent.records.model import Record, package_update

MAGIC = b"SQLite format 3\0"
MOST_S = 10.0  # a database from outside may define tables that never end
MOST_TRANSACTIONS = 10_000

# dnf 4 has numbers (libdnf: TransactionItemAction, TransactionState), dnf 5 names. Only packages count, as
# groups are "upgraded" too.
_DNF4 = """
    SELECT t.dt_begin, t.state = 2, count(*)
    FROM trans t JOIN trans_item i ON i.trans_id = t.id JOIN rpm r ON r.item_id = i.item_id
    WHERE i.action = 6 AND t.dt_end IS NOT NULL AND t.dt_begin > ? GROUP BY t.id ORDER BY t.id"""
_DNF5 = """
    SELECT t.dt_begin, s.name = 'Error', count(*)
    FROM trans t JOIN trans_item i ON i.trans_id = t.id JOIN rpm r ON r.item_id = i.item_id
    JOIN trans_item_action a ON a.id = i.action_id JOIN trans_state s ON s.id = t.state_id
    WHERE a.name = 'Upgrade' AND t.dt_end IS NOT NULL AND t.dt_begin > ? GROUP BY t.id ORDER BY t.id"""


def records_of(path: Path, after_s: float = 0.0) -> Iterator[Record]:
    """The finished updates that began later than so many seconds after 1970. May raise Unreadable."""
    try:
        with closing(_opened(path)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(trans_item)")}
            if not columns & {"action", "action_id"}:
                raise Unreadable("it is a database, but not the history of dnf")
            query = _DNF5 if "action_id" in columns else _DNF4
            for begun, failed, packages in database.execute(query, (after_s,)).fetchmany(MOST_TRANSACTIONS):
                when = times.unix_us(begun * 1_000_000) if isinstance(begun, int) else None
                yield package_update("dnf", when, int(packages), failed=bool(failed))
    except (sqlite3.Error, OverflowError) as error:
        raise Unreadable("it is a database that cannot be read now or is damaged") from error


def _opened(path: Path) -> sqlite3.Connection:
    """Only for reading. Where nobody writes, its write-ahead log is missing, and whoever may only read cannot
    make one.
    """
    waiting = path.with_name(f"{path.name}-wal")
    quiet = not waiting.exists() or waiting.stat().st_size == 0
    address = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if quiet else ''}"
    database = sqlite3.connect(address, uri=True, timeout=1.0)
    end = time.monotonic() + MOST_S
    database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    database.execute("PRAGMA trusted_schema = OFF")
    return database
