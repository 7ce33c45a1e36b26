"""The service's ear for companions: real sockets, other accounts, many sessions, hostile peers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.agreed.applications import Applications
from agent.collectors.companion import Sight, collectors
from agent.companion.companions import CONNECTIONS, FRESH_MINUTES, PER_ACCOUNT, Companions
from agent.companion.message import Greeting, Hello, Hung, InFront, MinuteTold, read, written
from agent.companion.unix_socket import SocketDoor, SocketStream, call
from agent.errors import AgentError
from agent.reading import Collector, Reading, SourceAbsent
from agent.signals import Sample

GREETING = Greeting("https://dex.example.org", True, "abc", ("firefox",))
NOW = 100
"""The minute of most tests."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "companion.sock"


@pytest.fixture
def companions(path: Path) -> Iterator[Companions]:
    found = Companions(SocketDoor(path), lambda: GREETING)
    yield found
    found.close()


def say(path: Path, *lines: bytes, session: str = "1") -> socket.socket:
    """A companion of this account that has said these lines after its first."""
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(path))
    peer.sendall(written(Hello(session, "x11")) + b"".join(lines))
    return peer


def minute(number: int = NOW, active: float | None = 60.0, *apps: InFront, **more: object) -> bytes:
    return written(MinuteTold(number, active, apps=apps, **more))  # type: ignore[arg-type]


class Laptop:
    """The collectors of a laptop with companions, at a minute that the test sets."""

    def __init__(self, companions: Companions, session: Collector | None = None) -> None:
        self.minute = NOW - 1
        self.sight = Sight(companions, Applications(["firefox"]), lambda: self.minute * 60.0)
        self.minute = NOW
        found = collectors(companions, Applications(), session or flag(0.0))
        self.names = [collector.name for collector in found]

    def look(self) -> Reading:
        return self.sight.collect(1.7e9, None)


def flag(active_s: float) -> Collector:
    """The session's own flag."""

    def collect(now: float, cursor: str | None) -> Reading:
        return Reading([Sample("active_s", active_s, attributes={"source": "session"})])

    return Collector("active", ("active",), 60.0, collect)


def test_what_a_companion_said_before_the_look_is_heard_in_it(companions: Companions, path: Path) -> None:
    with say(path, minute(NOW, 42.0, InFront("firefox", "128", 40.0), InFront("diary", "9", 2.0))) as peer:
        reading = Laptop(companions).look()
        assert [(s.name, s.value, s.attributes["source"]) for s in reading.samples] == [
            ("active_s", 42.0, "input")
        ]
        assert [(a.name, a.version, a.seconds) for a in reading.apps] == [
            ("firefox", "128", 40.0),
            ("other", "", 2.0),
        ]
        assert reading.cursor == "x11"
        assert read(peer.recv(9000).strip()) == GREETING


def test_of_an_unlisted_program_not_even_the_name_is_handed_on(companions: Companions, path: Path) -> None:
    with say(path, minute(NOW, 60.0, InFront("diary", "9.1", 60.0))):
        assert "diary" not in repr(Laptop(companions).look())


def test_thirty_sessions_are_in_use_when_one_is_and_their_seconds_add_up(
    companions: Companions, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = iter(str(2000 + n // 3) for n in range(30))
    monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: int(next(users)))
    peers = [
        say(path, minute(NOW, 60.0 if n in (7, 8) else 0.0, InFront("firefox", "", 10.0)), session=f"{n}")
        for n in range(30)
    ]
    reading = Laptop(companions).look()
    assert [sample.value for sample in reading.samples] == [60.0]
    assert [app.seconds for app in reading.apps] == [300.0]
    assert len((reading.cursor or "").split()) == 30
    for peer in peers:
        peer.close()


def test_one_session_counts_once_and_the_newest_companion_is_it(companions: Companions, path: Path) -> None:
    laptop = Laptop(companions)
    old = say(path, minute(NOW, 60.0, InFront("firefox", "", 60.0)))
    assert [app.seconds for app in laptop.look().apps] == [60.0]
    new = say(path, minute(NOW, 60.0, InFront("firefox", "", 60.0)), minute(NOW + 1))
    laptop.minute = NOW + 1
    assert laptop.look().apps == []
    assert read(old.recv(9000).strip()) == GREETING
    assert old.recv(9000) == b""
    new.close()


def test_a_minute_of_long_ago_or_of_the_future_does_not_count(companions: Companions, path: Path) -> None:
    with say(path, minute(NOW - FRESH_MINUTES - 1), minute(NOW + FRESH_MINUTES + 1)):
        reading = Laptop(companions).look()
        assert (list(reading.samples), list(reading.apps)) == ([], [])


def test_a_minute_told_twice_counts_once(companions: Companions, path: Path) -> None:
    with say(path, *[minute(NOW, 60.0, InFront("firefox", "", 30.0))] * 4):
        assert [app.seconds for app in Laptop(companions).look().apps] == [30.0]


def test_at_half_pace_two_minutes_are_told_as_what_one_of_them_was_like(
    companions: Companions, path: Path
) -> None:
    with say(path, minute(NOW, 60.0, InFront("firefox", "", 50.0)), minute(NOW + 1, 0.0)):
        laptop = Laptop(companions)
        laptop.minute = NOW + 1
        reading = laptop.look()
        assert [sample.value for sample in reading.samples] == [30.0]
        assert [app.seconds for app in reading.apps] == [50.0]


def test_what_was_said_before_the_agent_looked_again_is_not_told(companions: Companions, path: Path) -> None:
    """As in a pause, in which companions go on speaking."""
    with say(path, minute(NOW - 1, 60.0, InFront("firefox", "", 60.0))):
        reading = Laptop(companions).look()
        assert (list(reading.samples), list(reading.apps)) == ([], [])


def test_the_sessions_flag_is_asked_only_while_no_companion_tells(companions: Companions, path: Path) -> None:
    laptop = Laptop(companions)
    session = laptop.sight.unless_told(flag(60.0))
    laptop.look()
    assert len(session.collect(0.0, None).samples) == 1
    peer = say(path, minute(NOW, 0.0))
    laptop.look()
    assert session.collect(0.0, None).samples == ()
    peer.close()
    for _ in range(FRESH_MINUTES + 1):
        laptop.minute += 1
        laptop.look()
    assert len(session.collect(0.0, None).samples) == 1


def test_where_a_desktop_tells_no_input_its_seconds_count_by_the_sessions_flag(
    companions: Companions, path: Path
) -> None:
    laptop = Laptop(companions)
    laptop.sight.unless_told(flag(30.0)).collect(0.0, None)
    with say(path, minute(NOW, None, InFront("firefox", "", 60.0))):
        reading = laptop.look()
        assert (list(reading.samples), [app.seconds for app in reading.apps]) == ([], [30.0])


def test_coverage_says_why_nothing_in_front_is_seen(companions: Companions, path: Path) -> None:
    laptop = Laptop(companions)
    laptop.look()
    with pytest.raises(SourceAbsent, match="No companion speaks"):
        laptop.sight.apps(0.0, None)
    with say(path, minute(NOW, 60.0, front_unknown="This desktop keeps it to itself.")):
        laptop.look()
        with pytest.raises(SourceAbsent, match="keeps it to itself"):
            laptop.sight.apps(0.0, None)
        with say(path, minute(NOW), session="2"):
            laptop.look()
            assert laptop.sight.apps(0.0, None) == Reading()


def test_a_hang_is_told_once_with_its_length(companions: Companions, path: Path) -> None:
    laptop = Laptop(companions)
    with say(path, minute(NOW, 60.0, stalls=(Hung("gimp", "2.10", 1.6e9, 12.5),))):
        laptop.look()
        [event] = laptop.sight.hangs(1.7e9, None).events
        assert (event.kind, event.app, event.version, event.value) == ("hang", "gimp", "2.10", 12.5)
        assert event.at.timestamp() == 1.6e9
        laptop.look()
        assert laptop.sight.hangs(1.7e9, None).events == []


def test_hangs_do_not_pile_up_where_the_system_records_them_itself(
    companions: Companions, path: Path
) -> None:
    """There nobody asks for those of companions."""
    elapsed = [NOW * 60.0 - 60.0, NOW * 60.0]
    sight = Sight(companions, Applications(), lambda: elapsed.pop(0), keeps_hangs=False)
    with say(path, minute(NOW, 60.0, stalls=(Hung("gimp", "2.10", 1.6e9, 12.5),))):
        assert sight.collect(1.7e9, None).samples
        assert sight.hangs(1.7e9, None).events == []


def test_versions_that_are_made_up_do_not_pile_up(companions: Companions, path: Path) -> None:
    laptop = Laptop(companions)
    found: set[str] = set()
    with say(path) as peer:
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
    companions: Companions, path: Path, bytes_: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as hostile, say(path, minute(), session="2"):
        hostile.connect(str(path))
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
    companions: Companions, path: Path
) -> None:
    with say(path) as peer:
        peer.setblocking(False)
        lines = b"".join(minute(NOW + n % 4, 60.0, InFront("firefox", "", 60.0)) for n in range(2000))
        peer.send(lines)
        laptop, seconds, began = Laptop(companions), 0.0, time.monotonic()
        for n in range(4):
            laptop.minute = NOW + n
            seconds += sum(app.seconds for app in laptop.look().apps)
        assert seconds == 240
        assert time.monotonic() - began < 2


def test_a_peer_that_says_nothing_is_let_go(companions: Companions, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(path))
        for n in range(FRESH_MINUTES + 2):
            companions.listen(NOW + n)
        silent.settimeout(5)
        assert silent.recv(1) == b""


def test_a_peer_that_never_reads_holds_nobody_up(companions: Companions, path: Path) -> None:
    began = time.monotonic()
    peers = [say(path, session=str(n)) for n in range(60)]
    for n in range(3):
        companions.listen(NOW + n)
    assert time.monotonic() - began < 5
    for peer in peers:
        peer.close()


def test_one_account_cannot_take_all_places(companions: Companions, path: Path) -> None:
    peers = [say(path, minute(NOW, 60.0, InFront("firefox", "", 1.0)), session=str(n)) for n in range(30)]
    reading = Laptop(companions).look()
    assert [app.seconds for app in reading.apps] == [float(PER_ACCOUNT)]
    for peer in peers:
        peer.close()


def test_sessions_that_are_made_up_do_not_make_a_minute_longer(companions: Companions, path: Path) -> None:
    laptop, seconds = Laptop(companions), 0.0
    for n in range(20):
        with say(path, minute(NOW, 60.0, InFront("firefox", "", 60.0)), session=f"made up {n}"):
            seconds += sum(app.seconds for app in laptop.look().apps)
    assert seconds == PER_ACCOUNT * 60


def test_there_are_only_so_many_places(
    companions: Companions, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = iter(range(2000, 3000))
    monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: next(users))
    peers = []
    for _ in range(2):
        peers += [say(path, minute()) for _ in range(CONNECTIONS // 2 + 5)]
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


def speak_as(user: int, path: Path, lines: bytes) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", AS_ANOTHER.format(user=user), str(path), lines.decode()]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "said\n"
    return child


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which can be another account")
@pytest.mark.parametrize(("user", "heard"), [(33, False), (65534, False), (12345, True)])
def test_people_are_heard_and_accounts_of_the_system_are_not(user: int, heard: bool) -> None:
    """In a folder that anybody may enter, which a test's own is not."""
    folder = Path(f"/run/dex-agent-test-{os.getpid()}")
    companions = Companions(SocketDoor(folder / "companion.sock"), lambda: GREETING)
    child = None
    try:
        child = speak_as(user, folder / "companion.sock", written(Hello("1", "x11")) + minute())
        assert bool(companions.listen(NOW)) is heard
    finally:
        if child:
            child.communicate("")
        companions.close()
        folder.rmdir()


def test_the_socket_is_gone_with_the_service_and_a_stale_one_is_no_obstacle(path: Path) -> None:
    path.parent.mkdir()
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    companions = Companions(SocketDoor(path), lambda: GREETING)
    with say(path, minute()):
        assert companions.listen(NOW)
    companions.close()
    assert not path.exists()


def test_a_second_service_does_not_take_the_socket_of_the_first(companions: Companions, path: Path) -> None:
    with pytest.raises(AgentError, match="Another service listens"):
        SocketDoor(path)
    with say(path, minute()):
        assert companions.listen(NOW)


def test_anybody_may_reach_a_socket_whose_folder_the_service_made(path: Path) -> None:
    before = os.umask(0o077)
    try:
        door = SocketDoor(path)
    finally:
        os.umask(before)
    assert path.parent.stat().st_mode & 0o777 == 0o755
    assert path.stat().st_mode & 0o777 == 0o666
    door.close()


def test_a_companion_knows_that_nobody_listens(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        call(path)


def test_what_does_not_fit_is_not_waited_for(path: Path) -> None:
    door = SocketDoor(path)
    stream = call(path)
    with pytest.raises(OSError, match=r"does not read|unavailable"):
        all(stream.send(b"x" * 8000) is None for _ in range(1000))
    stream.close()
    door.close()


def test_the_end_of_a_connection_is_told(path: Path) -> None:
    door = SocketDoor(path)
    stream = call(path)
    [caller] = door.callers()
    assert isinstance(caller, SocketStream)
    assert stream.receive() == b""
    caller.close()
    with pytest.raises(EOFError):
        stream.receive()
    stream.close()
    door.close()
