"""The service's socket for companions: who may reach it, and its two ends."""

import os
import socket
from pathlib import Path

import pytest
from said_by_companions import NOW, listening, minute, say

from agent.companion.companions import Companions
from agent.companion.unix_socket import SocketDoor, SocketStream, call
from agent.errors import AgentError


def test_the_socket_is_gone_with_the_service_and_a_stale_one_is_no_obstacle(socket_path: Path) -> None:
    socket_path.parent.mkdir()
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(socket_path))
    stale.close()
    companions = listening(socket_path)
    with say(socket_path, minute()):
        assert companions.listen(NOW)
    companions.close()
    assert not socket_path.exists()


def test_a_second_service_does_not_take_the_socket_of_the_first(
    companions: Companions, socket_path: Path
) -> None:
    with pytest.raises(AgentError, match="Another service listens"):
        SocketDoor(socket_path)
    with say(socket_path, minute()):
        assert companions.listen(NOW)


def test_anybody_may_reach_a_socket_whose_folder_the_service_made(socket_path: Path) -> None:
    before = os.umask(0o077)
    try:
        door = SocketDoor(socket_path)
    finally:
        os.umask(before)
    assert socket_path.parent.stat().st_mode & 0o777 == 0o755
    assert socket_path.stat().st_mode & 0o777 == 0o666
    door.close()


def test_a_companion_knows_that_nobody_listens(socket_path: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        call(socket_path)


def test_what_does_not_fit_is_not_waited_for(socket_path: Path) -> None:
    door = SocketDoor(socket_path)
    stream = call(socket_path)
    with pytest.raises(OSError, match=r"does not read|unavailable"):
        all(stream.send(b"x" * 8000) is None for _ in range(1000))
    stream.close()
    door.close()


def test_the_end_of_a_connection_is_told(socket_path: Path) -> None:
    door = SocketDoor(socket_path)
    stream = call(socket_path)
    [caller] = door.callers()
    assert isinstance(caller, SocketStream)
    assert stream.receive() == b""
    caller.close()
    with pytest.raises(EOFError):
        stream.receive()
    stream.close()
    door.close()
