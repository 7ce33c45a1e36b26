"""The companion's channel on Linux and macOS: a socket in the file system; who calls is the kernel's word.

Anybody may connect; which account did is SO_PEERCRED of unix(7), on macOS LOCAL_PEERCRED.
"""

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from agent.companion.message import LINE_BYTES
from agent.companion.stream import Stream
from agent.errors import AgentError

assert sys.platform != "win32"

BACKLOG = 64
CALLERS_AT_ONCE = 256
FIRST_PERSON = 500 if sys.platform == "darwin" else 1000
"""Accounts below are the system's; programs of the system have nothing to tell (login.defs(5), UID_MIN)."""
NOBODY = frozenset({65534, 65535})

if sys.platform == "linux":

    def user_of(connection: socket.socket) -> int:
        """The account at the other end."""
        words = struct.Struct("3i")  # process, account, group
        found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, words.size)
        return int(words.unpack(found)[1])

else:
    SOL_LOCAL, LOCAL_PEERCRED, XUCRED_BYTES = 0, 1, 76  # macOS: sys/un.h, sys/ucred.h

    def user_of(connection: socket.socket) -> int:
        """The account at the other end."""
        found = connection.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, XUCRED_BYTES)
        return int(struct.unpack_from("Ii", found)[1])  # version, account


class SocketStream:
    """A connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        account = user_of(connection)
        self.user, self.person = str(account), is_person(account)

    def fileno(self) -> int | None:
        return self._socket.fileno()

    def receive(self) -> bytes:
        try:
            data = self._socket.recv(2 * LINE_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            raise EOFError
        return data

    def send(self, line: bytes) -> None:
        """What does not fit at once is not sent: the other end has not read for long."""
        if self._socket.send(line) != len(line):
            raise OSError("the other end does not read")

    def send_some(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        self._socket.close()


class SocketDoor:
    """The listening socket of the service. AgentError where it cannot be made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.owners = frozenset({"0", str(os.geteuid())})
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            if not path.parent.exists():
                path.parent.mkdir(parents=True)
                os.chmod(path.parent, 0o755)  # noqa: S103 (anybody may enter; a umask has no say)
            if _is_open(path):
                raise AgentError(f"Another service listens to companions at {path} already.")
            _remove_socket(path)
            self._socket.bind(str(path))
            os.chmod(path, 0o666)  # noqa: S103 (anybody may call; the kernel says who it is)
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or str(error)
            raise AgentError(
                f"Companions cannot be heard, because {path} cannot be made: {reason}."
            ) from None

    @property
    def descriptors(self) -> list[int]:
        return [self._socket.fileno()]

    def callers(self) -> list[Stream]:
        found: list[Stream] = []
        for _ in range(CALLERS_AT_ONCE):
            try:
                connection, _address = self._socket.accept()
            except OSError:
                break
            try:
                stream = SocketStream(connection)
            except OSError:
                connection.close()
                continue
            if stream.person or stream.user in self.owners:
                found.append(stream)
            else:
                stream.close()
        return found

    def close(self) -> None:
        self._socket.close()
        _remove_socket(self._path)


def call(path: Path) -> Stream:
    """A connection to the service. OSError if nobody listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        connection.connect(str(path))
        return SocketStream(connection)
    except OSError:
        connection.close()
        raise


def is_person(user: int) -> bool:
    """Whether a companion of this account counts: a person's, or the service's own."""
    return user == os.geteuid() or (user >= FIRST_PERSON and user not in NOBODY)


def _is_open(path: Path) -> bool:
    """Whether somebody listens there; a service that was killed leaves its socket behind."""
    try:
        call(path).close()
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return True


def _remove_socket(path: Path) -> None:
    try:
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except FileNotFoundError:
        pass
