"""The service's side: who speaks, what was said since the last look, and who asks for something.

Nothing here blocks or grows. The service listens when it looks anyway, and when somebody calls; until then
the system keeps what companions wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.companion.message import BadLine, Greeting, Hello, MinuteTold, Request, read, written
from agent.companion.stream import Door, Lines, Stream
from agent.notices import notice_once
from agent.signals import SESSIONS

CONNECTIONS = SESSIONS
PER_ACCOUNT = 4
"""Sessions of one account at most, and calls that have not said what they want; a newer one takes the place
of an older one."""
FRESH_MINUTES = 3
"""A companion that was silent for longer does not speak any more."""


@dataclass(slots=True, eq=False)
class Caller:
    """One connection. `heard_in` is the minute in which it last said something."""

    stream: Stream
    heard_in: int
    hello: Hello | None = None
    lines: Lines = field(default_factory=Lines)

    @property
    def session(self) -> tuple[str, str]:
        return (self.stream.user, self.hello.session if self.hello else "")


def _nothing_to_say() -> Greeting:
    return Greeting("", False, "")


class Companions:
    """All companions of this laptop; one counts per account and session."""

    def __init__(self, door: Door | None, greeting: Callable[[], Greeting] = _nothing_to_say) -> None:
        self._door, self._greeting = door, greeting
        self._callers: list[Caller] = []
        self._heard: list[MinuteTold] = []
        self._requests: list[tuple[Stream, Request]] = []
        self._told: set[tuple[str, str, int]] = set()
        self._senses: dict[tuple[str, str], tuple[int, str]] = {}

    @property
    def owners(self) -> frozenset[str]:
        """Accounts that may read all that the service keeps."""
        return self._door.owners if self._door else frozenset()

    @property
    def calling(self) -> list[int]:
        """Descriptors that are readable when somebody calls, or says at last what he wants."""
        waiting = [caller.stream.fileno() for caller in self._callers if caller.hello is None]
        return [*(self._door.descriptors if self._door else ()), *(n for n in waiting if n is not None)]

    @property
    def descriptors(self) -> list[int]:
        """For a forked child to close."""
        streams = [caller.stream for caller in self._callers] + [stream for stream, _ in self._requests]
        numbers = [stream.fileno() for stream in streams]
        return [*(self._door.descriptors if self._door else ()), *(n for n in numbers if n is not None)]

    def listen(self, minute: int) -> list[MinuteTold]:
        """What was said since the last look, each minute of a session once."""
        self.hear(minute)
        heard, self._heard = self._heard, []
        return heard

    def hear(self, minute: int) -> None:
        """Take in who calls and what was said; minutes are kept for the next `listen`."""
        self._let_in(minute)
        for caller in list(self._callers):
            try:
                self._hear(caller, minute)
            except (BadLine, OSError, EOFError) as error:
                if isinstance(error, BadLine):
                    notice_once("companion", f"A companion was sent away for {error}.")
                self._let_go(caller)
            if minute - caller.heard_in > FRESH_MINUTES:
                self._let_go(caller)
        self._forget(minute)

    def requests(self) -> list[tuple[Stream, Request]]:
        """Who asked for something since the last time; whoever takes them answers and closes."""
        found, self._requests = self._requests, []
        return found

    def senses(self) -> list[str]:
        """How the desktop of each session that speaks is seen, in no particular order."""
        return sorted(name for _, name in self._senses.values())

    def accounts(self) -> set[str]:
        """Whose companions speak."""
        return {user for user, _ in self._senses}

    def close(self) -> None:
        for caller in list(self._callers):
            self._let_go(caller)
        for stream, _ in self.requests():
            stream.close()
        if self._door:
            self._door.close()

    def _let_in(self, minute: int) -> None:
        for stream in self._door.callers() if self._door else ():
            self._make_room([c for c in self._callers if c.stream.user == stream.user and c.hello is None])
            if len(self._callers) >= CONNECTIONS:
                stream.close()
            else:
                self._callers.append(Caller(stream, minute))

    def _hear(self, caller: Caller, minute: int) -> None:
        for message in map(read, caller.lines.of(caller.stream.receive())):
            if isinstance(message, Request) and caller.hello is None:
                self._callers.remove(caller)
                self._requests.append((caller.stream, message))
                return
            if isinstance(message, Hello) and caller.hello is None and caller.stream.person:
                self._greet(caller, message)
            elif isinstance(message, MinuteTold) and caller.hello is not None:
                if self._is_new(caller.session, message.number, minute):
                    self._heard.append(message)
            else:
                raise BadLine("a line out of turn")
            caller.heard_in = minute
            self._senses[caller.session] = (minute, caller.hello.senses if caller.hello else "")

    def _greet(self, caller: Caller, hello: Hello) -> None:
        """The newest connection of a session takes the place of an older one."""
        session = (caller.stream.user, hello.session)
        for other in [c for c in self._callers if c.hello and c.session == session]:
            self._let_go(other)
        self._make_room([c for c in self._callers if c.stream.user == caller.stream.user and c.hello])
        caller.hello = hello
        caller.stream.send(written(self._greeting()))

    def _make_room(self, of_one_account: list[Caller]) -> None:
        if len(of_one_account) >= PER_ACCOUNT:
            self._let_go(of_one_account[0])

    def _is_new(self, session: tuple[str, str], number: int, minute: int) -> bool:
        """Whatever sessions an account makes up, a minute of it counts so many times at most."""
        user, name = session
        told = [known for known in self._told if (known[0], known[2]) == (user, number)]
        if abs(number - minute) > FRESH_MINUTES or len(told) >= PER_ACCOUNT or (user, name, number) in told:
            return False
        self._told.add((user, name, number))
        return True

    def _forget(self, minute: int) -> None:
        self._told = {told for told in self._told if abs(minute - told[2]) <= FRESH_MINUTES}
        self._heard = [told for told in self._heard if abs(minute - told.number) <= FRESH_MINUTES]
        self._senses = {s: m for s, m in self._senses.items() if minute - m[0] < FRESH_MINUTES}

    def _let_go(self, caller: Caller) -> None:
        caller.stream.close()
        if caller in self._callers:
            self._callers.remove(caller)
