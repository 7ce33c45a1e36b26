"""Whoever asks the service for what it keeps: who may, and an answer that never holds up the looks.

The state folder belongs to the service's account alone. Root and that account may ask for everything. A
person may see today, and batches of other days, where nobody else was in session; may pause while nobody else
is; and whoever may call may ask how the agent is doing and what was agreed.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from agent.agreed.pinned_key import pinned_key
from agent.companion.companions import Companions
from agent.companion.message import AGREEMENT, END, GO_ON, SHOW, STATUS, Request, minute_of
from agent.companion.stream import Stream
from agent.config import Config
from agent.errors import AgentError, StoreUnusable, UsageError
from agent.local_time import day_of
from agent.service import pause
from agent.service.status import status
from agent.store import excerpt, in_session
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get_number
from agent.system.system_clocks import elapsed_seconds
from agent.version import VERSION

ANSWER_SECONDS = 5.0
"""How long somebody may take to read an answer."""
ANSWERS_AT_ONCE = 4
PER_MINUTE = 12
"""Answers that one account gets in a minute."""
TURNS_PER_MINUTE = 60
"""After so many, callers wait for the next look: nobody can keep the service awake."""
SOON = 0.05
"""Seconds until an answer goes on where the system does not say when there is room."""

Reply = Iterable[Mapping[str, Any]]


class Answer:
    """What is still to be handed over on one connection."""

    def __init__(self, stream: Stream, lines: Iterator[bytes], ends: float) -> None:
        self.stream, self.ends = stream, ends
        self._lines, self._rest = lines, b""

    def is_over(self) -> bool:
        """Hand over what fits; whether that was all, or nobody is there any more."""
        try:
            while self._rest or self._next():
                sent = self.stream.send_some(self._rest)
                self._rest = self._rest[sent:]
                if self._rest:
                    return time.monotonic() > self.ends
        except (OSError, sqlite3.Error, AgentError):
            pass  # whoever reads misses the last line
        return True

    def _next(self) -> bool:
        self._rest = next(self._lines, b"")
        return bool(self._rest)


class Askers:
    """Those who call `companions` with a request, one turn at a time."""

    def __init__(
        self,
        config: Config,
        store: LocalStore,
        companions: Companions,
        elapsed: Callable[[], float] = elapsed_seconds,
    ) -> None:
        self._config, self._store, self._companions = config, store, companions
        self._elapsed = elapsed
        self._answers: list[Answer] = []
        self._minute, self._turns = 0, 0
        self._given: dict[str, int] = {}

    @property
    def reading(self) -> list[int]:
        """Descriptors that say when there is somebody to be heard."""
        return self._companions.calling if self._turns < TURNS_PER_MINUTE else []

    @property
    def writing(self) -> list[int]:
        """Descriptors that say when an answer can go on."""
        return [number for answer in self._answers if (number := answer.stream.fileno()) is not None]

    @property
    def descriptors(self) -> list[int]:
        """For a forked child to close."""
        return [*self._companions.descriptors, *self.writing]

    def patience(self, longest: float) -> float:
        """Seconds until the next turn at the latest."""
        if len(self.writing) < len(self._answers):
            return min(longest, SOON)
        left = [answer.ends - time.monotonic() for answer in self._answers]
        return max(0.0, min([longest, *left]))

    def turn(self, now: float) -> None:
        """Hear who asks, and let answers go on."""
        minute = minute_of(self._elapsed())
        if minute != self._minute:
            self._minute, self._turns, self._given = minute, 0, {}
        self._turns += 1
        self._companions.hear(minute)
        for stream, request in self._companions.requests():
            if len(self._answers) >= ANSWERS_AT_ONCE:
                stream.close()
                continue
            lines = _lines(self._reply(stream.user, request, now))
            self._answers.append(Answer(stream, lines, time.monotonic() + ANSWER_SECONDS))
        for answer in list(self._answers):
            if answer.is_over():
                answer.stream.close()
                self._answers.remove(answer)

    def note(self, db: sqlite3.Connection, day: str) -> None:
        """Who is in session now. To be called inside a transaction."""
        in_session.note(db, day, self._companions.accounts())

    # What is said

    def _reply(self, account: str, request: Request, now: float) -> Reply:
        try:
            self._count(account)
            with self._store.transaction() as db:
                self.note(db, day_of(now))
            return self._permitted(account, request, now)
        except AgentError as error:
            return [{"refused": str(error), "code": error.exit_code}]
        except sqlite3.Error as error:
            return [{"refused": str(StoreUnusable(f"The local store cannot be read: {error}.")), "code": 1}]

    def _permitted(self, account: str, request: Request, now: float) -> Reply:
        if request.what == STATUS:
            found = status(self._config, load_identity(self._config.identity_path), self._store.db)
            return [{"status": found.as_json()}]
        if request.what == AGREEMENT:
            return self._agreed()
        owner = account in self._companions.owners
        if request.what == SHOW:
            if not owner:
                _check_alone(account, in_session.accounts_of(self._store.db, day_of(now)))
            days = None if owner else in_session.days_alone(self._store.db, account)
            return excerpt.pieces(self._store, day_of(now), days, request.newest)
        if not owner:
            _check_alone(account, self._companions.accounts())
        return [self._paused(request)]

    def _agreed(self) -> Reply:
        identity = load_identity(self._config.identity_path)
        if identity is None:
            raise UsageError("This laptop is not enrolled.")
        return [*excerpt.agreed(self._store), {"key": pinned_key(self._config, identity)}]

    def _paused(self, request: Request) -> Mapping[str, Any]:
        if request.what == GO_ON:
            return {"ended": pause.end_now(self._store)}
        begun = pause.begin_as_allowed(self._store, request.hours)
        return {"until": begun.until - get_number(self._store.db, "clock_offset")}

    def _count(self, account: str) -> None:
        given = self._given.get(account, 0)
        if given >= PER_MINUTE:
            raise AgentError("You have asked often in this minute; ask again in the next one.")
        self._given[account] = given + 1


def _check_alone(account: str, accounts: Collection[str]) -> None:
    others = {other for other in accounts if other != account}
    if others:
        raise AgentError(
            "Somebody else uses this laptop too, or did today, so the agent answers its administrator alone."
        )
    if account not in accounts:
        raise AgentError("The agent does not know your session: its companion does not run in it.")


def _lines(reply: Reply) -> Iterator[bytes]:
    """The release first, so that both sides know that they mean the same."""
    yield _line({"release": VERSION})
    for part in reply:
        yield _line(part)
    yield END


def _line(part: Mapping[str, Any]) -> bytes:
    return json.dumps(part, separators=(",", ":")).encode() + b"\n"
