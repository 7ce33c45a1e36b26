"""Connections to PostgreSQL that are given up when the server does not answer.

The server ends statements that take too long. One that hangs itself, stopped or without its disk, cannot, and
its system keeps the connection alive; without a limit of our own every thread would wait for it.
"""

from collections.abc import Callable
from typing import Any

ANSWER_SECONDS = 75.0
"""Longer than the server's own limit for a statement (server/db.py)."""


def impatient_connect(driver: Any) -> Callable[..., Any]:
    """`connect` for psycopg, the module `driver`. Its connections have `answer_seconds`, None for ever."""

    class Impatient(driver.Connection):  # type: ignore[misc]
        answer_seconds: float | None = ANSWER_SECONDS

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, self.answer_seconds if timeout is None else timeout)
            except driver.OperationalError:
                if self.pgconn.transaction_status == driver.pq.TransactionStatus.ACTIVE:
                    self.pgconn.finish()  # the answer may still come, and would be taken for that of the next
                raise

    connect: Callable[..., Any] = Impatient.connect
    return connect
