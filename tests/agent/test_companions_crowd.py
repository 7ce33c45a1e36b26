"""Companions that are hostile, too many, of other accounts or silent keep no other from being heard."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from said_by_companions import GREETING, NOW, Laptop, listening, minute, say

from agent.companion.companions import CONNECTIONS, FRESH_MINUTES, PER_ACCOUNT, Companions
from agent.companion.message import Hello, InFront, written


def test_thirty_sessions_are_in_use_when_one_is_and_their_seconds_add_up(
    companions: Companions, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = iter(str(2000 + n // 3) for n in range(30))
    monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: int(next(users)))
    peers = [
        say(
            socket_path,
            minute(NOW, 60.0 if n in (7, 8) else 0.0, InFront("firefox", "", 10.0)),
            session=f"{n}",
        )
        for n in range(30)
    ]
    reading = Laptop(companions).look()
    assert [sample.value for sample in reading.samples] == [60.0]
    assert [app.seconds for app in reading.apps] == [300.0]
    assert len((reading.cursor or "").split()) == 30
    for peer in peers:
        peer.close()


def test_versions_that_are_made_up_do_not_pile_up(companions: Companions, socket_path: Path) -> None:
    laptop = Laptop(companions)
    found: set[str] = set()
    with say(socket_path) as peer:
        for n in range(60):
            laptop.minute = NOW + n
            peer.sendall(minute(NOW + n, 60.0, InFront("firefox", f"{n}", 60.0)))
            found |= {app.version for app in laptop.look().apps}
    assert len(found) <= 21


@pytest.mark.parametrize(
    "bytes_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00" * 40_000,
        b"\n" * 100,
        b"[" * 5000 + b"\n",
        minute(NOW),
        written(GREETING),
        written(Hello("1", "x11")) * 2,
    ],
)
def test_a_hostile_peer_is_sent_away_and_the_others_are_heard(
    companions: Companions, socket_path: Path, bytes_: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as hostile, say(socket_path, minute(), session="2"):
        hostile.connect(str(socket_path))
        hostile.sendall(bytes_)
        laptop = Laptop(companions)
        for n in range(3):
            laptop.minute = NOW + n
            if n == 0:
                assert [sample.value for sample in laptop.look().samples] == [60.0]
            else:
                laptop.look()
        hostile.settimeout(5)
        try:
            while hostile.recv(9000):
                pass
        except ConnectionError:
            pass


def test_a_peer_that_says_very_much_is_heard_as_one_minute_per_minute(
    companions: Companions, socket_path: Path
) -> None:
    with say(socket_path) as peer:
        peer.setblocking(False)
        lines = b"".join(minute(NOW + n % 4, 60.0, InFront("firefox", "", 60.0)) for n in range(2000))
        peer.send(lines)
        laptop, seconds, began = Laptop(companions), 0.0, time.monotonic()
        for n in range(4):
            laptop.minute = NOW + n
            seconds += sum(app.seconds for app in laptop.look().apps)
        assert seconds == 240
        assert time.monotonic() - began < 2


def test_a_peer_that_says_nothing_is_let_go(companions: Companions, socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(socket_path))
        for n in range(FRESH_MINUTES + 2):
            companions.listen(NOW + n)
        silent.settimeout(5)
        assert silent.recv(1) == b""


def test_a_peer_that_never_reads_holds_nobody_up(companions: Companions, socket_path: Path) -> None:
    began = time.monotonic()
    peers = [say(socket_path, session=str(n)) for n in range(60)]
    for n in range(3):
        companions.listen(NOW + n)
    assert time.monotonic() - began < 5
    for peer in peers:
        peer.close()


def test_one_account_cannot_take_all_places(companions: Companions, socket_path: Path) -> None:
    peers = [
        say(socket_path, minute(NOW, 60.0, InFront("firefox", "", 1.0)), session=str(n)) for n in range(30)
    ]
    reading = Laptop(companions).look()
    assert [app.seconds for app in reading.apps] == [float(PER_ACCOUNT)]
    for peer in peers:
        peer.close()


def test_sessions_that_are_made_up_do_not_make_a_minute_longer(
    companions: Companions, socket_path: Path
) -> None:
    laptop, seconds = Laptop(companions), 0.0
    for n in range(20):
        with say(socket_path, minute(NOW, 60.0, InFront("firefox", "", 60.0)), session=f"made up {n}"):
            seconds += sum(app.seconds for app in laptop.look().apps)
    assert seconds == PER_ACCOUNT * 60


def test_there_are_only_so_many_places(
    companions: Companions, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = iter(range(2000, 3000))
    monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: next(users))
    peers = []
    for _ in range(2):
        peers += [say(socket_path, minute()) for _ in range(CONNECTIONS // 2 + 5)]
        companions.listen(NOW)
    assert len(companions.senses()) == CONNECTIONS
    for peer in peers:
        peer.close()


AS_ANOTHER = """
import os, socket, sys
os.setgid({user}); os.setuid({user})
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
peer.sendall(sys.argv[2].encode())
print("said", flush=True)
sys.stdin.read()
"""


def speak_as(user: int, socket_path: Path, lines: bytes) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", AS_ANOTHER.format(user=user), str(socket_path), lines.decode()]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "said\n"
    return child


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which can be another account")
@pytest.mark.parametrize(("user", "heard"), [(33, False), (65534, False), (12345, True)])
def test_people_are_heard_and_accounts_of_the_system_are_not(user: int, heard: bool) -> None:
    """In a folder that anybody may enter, which a test's own is not."""
    folder = Path(f"/run/dex-agent-test-{os.getpid()}")
    companions = listening(folder / "companion.sock")
    child = None
    try:
        child = speak_as(user, folder / "companion.sock", written(Hello("1", "x11")) + minute())
        assert bool(companions.listen(NOW)) is heard
    finally:
        if child:
            child.communicate("")
        companions.close()
        folder.rmdir()
