"""A connection of the companion's channel, whatever the system makes it of; and lines out of its bytes."""

from typing import Protocol

from agent.companion.message import LINE_BYTES, BadLine


class Stream(Protocol):
    """One end of a connection. Nothing blocks; OSError means that it is over."""

    user: str
    """The account at the other end, as the system tells it: a number, on Windows a SID."""

    def fileno(self) -> int | None:
        """For select; None where the system has nothing to wait for."""

    def receive(self) -> bytes:
        """What came, at most a few lines' bytes; empty if nothing did. EOFError at the end."""

    def send(self, line: bytes) -> None:
        """Hand the whole line over, or OSError."""

    def close(self) -> None: ...


class Door(Protocol):
    """Where the service waits for companions."""

    @property
    def descriptors(self) -> list[int]:
        """For a forked child to close."""

    def callers(self) -> list[Stream]:
        """Who called since the last time; accounts that are no person's were sent away."""

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
