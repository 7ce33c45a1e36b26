"""A connection of the companion's channel, whatever the system makes it of; and lines out of its bytes."""

from typing import Protocol

from agent.companion.message import LINE_BYTES, BadLine


class Stream(Protocol):
    """One end of a connection. Nothing blocks; OSError means that it is over."""

    user: str
    """The account at the other end, as the system tells it: a number, on Windows a SID."""
    person: bool
    """Whether it is a person's, or the service's own: only then its minutes count."""

    def fileno(self) -> int | None:
        """For select; None where the system has nothing to wait for."""

    def receive(self) -> bytes:
        """What came, at most a few lines' bytes; empty if nothing did. EOFError at the end."""

    def send(self, line: bytes) -> None:
        """Hand the whole line over, or OSError."""

    def send_some(self, data: bytes) -> int:
        """How many bytes of it fit just now."""

    def close(self) -> None: ...


class Door(Protocol):
    """Where the service waits for companions."""

    owners: frozenset[str]
    """Accounts that may read all that the service keeps: its own, and the system's."""

    @property
    def descriptors(self) -> list[int]:
        """Readable when somebody calls; none where the system has nothing to wait for."""

    def callers(self) -> list[Stream]:
        """Who called since the last time; accounts that are nobody's were sent away."""

    def close(self) -> None: ...


class Lines:
    """Whole lines out of bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""

    def of(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if any(len(line) > LINE_BYTES for line in (*lines, self._rest)):
            raise BadLine("a line that is too long")
        return lines
