"""What people ask of the service, whose files they may not read: who may, and that nobody holds it up."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.agreed.policy import load_policy
from agent.companion.companions import Companions
from agent.companion.message import (
    AGREEMENT,
    END,
    GO_ON,
    PAUSE,
    SHOW,
    STATUS,
    Greeting,
    Hello,
    Request,
    written,
)
from agent.companion.stream import Stream
from agent.companion.unix_socket import SocketDoor
from agent.config import Config
from agent.local_time import DAY, day_of
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.batches import compose
from agent.service import askers as service
from agent.service.askers import Askers
from agent.signals import Sample
from agent.store import in_session, observations
from agent.store.local_store import LocalStore, put
from agent.store.observations import SourceState, Tick

ROOT = Path(__file__).parents[2]
ME, ANNA, BERT = str(os.geteuid()), "12345", "12346"


class Service:
    """The part of a service that answers; who calls is whom the test says."""

    def __init__(self, config: Config, store: LocalStore) -> None:
        self.config, self.store = config, store
        self.companions = Companions(SocketDoor(config.companion_address), lambda: Greeting("", False, ""))
        self.askers = Askers(config, store, self.companions, lambda: 600.0)
        self.sessions: list[socket.socket] = []

    def call(self, line: bytes) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(10)
        peer.connect(str(self.config.companion_address))
        peer.sendall(line)
        return peer

    def sign_in(self, session: str = "1") -> None:
        """A companion of whoever calls now, until the next look."""
        self.sessions.append(self.call(written(Hello(session, "x11"))))
        self.turn()
        with self.store.transaction() as db:
            self.askers.note(db, day_of(time.time()))

    def turn(self) -> None:
        self.askers.turn(time.time())

    def ask(self, request: Request) -> list[Any]:
        """All parts of the answer, taken while the service goes on."""
        with self.call(written(request)) as peer:
            answer = b""
            ends = time.monotonic() + 10
            while not answer.endswith(END) and time.monotonic() < ends:
                self.turn()
                answer += peer.recv(1 << 20)
        release, *parts = (json.loads(line) for line in answer.splitlines()[:-1])
        assert "release" in release
        return parts

    def refusal(self, request: Request) -> str:
        [part] = self.ask(request)
        return str(part.get("refused", ""))

    def close(self) -> None:
        for peer in self.sessions:
            peer.close()
        self.companions.close()


@pytest.fixture
def laptop(enrolled_config: Config, local_store: LocalStore) -> Iterator[Service]:
    """A laptop with a crash today, and a batch of today and of yesterday."""
    now = time.time()
    with local_store.transaction() as db:
        for at in (now - DAY, now):
            crash = Happening("crash", datetime.fromtimestamp(at, UTC), "diary", "9.1")
            samples = [Sample("on_s", 60.0), Sample("active_s", 60.0)]
            states = {name: SourceState("ok") for name in ("crash", "active")}
            observations.record(db, Tick(at, {"all": Reading(samples, [crash])}, states))
        revisions.make_all_due(db, now)
        compose(db, now, load_policy(db), 20.0)
    made = Service(enrolled_config, local_store)
    yield made
    made.close()


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on callers are of this account."""

    def become(account: str) -> None:
        monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: int(account))

    return become


def batches_of(parts: Sequence[Any]) -> int:
    return sum(len(part["rows"]) for part in parts if part.get("table") == "batch")


def test_the_services_own_account_and_root_see_everything(
    laptop: Service, become: Callable[[str], None]
) -> None:
    for account in (ME, "0"):
        become(account)
        parts = laptop.ask(Request(SHOW, newest=10))
        assert "diary" in json.dumps(parts)
        assert batches_of(parts) == 2
        assert parts[-1] == {"left_out": 0}


def test_who_was_alone_today_sees_today_and_the_batches_of_own_days(
    laptop: Service, become: Callable[[str], None]
) -> None:
    become(ANNA)
    laptop.sign_in()
    parts = laptop.ask(Request(SHOW, newest=10))
    assert "diary" in json.dumps(parts)
    assert batches_of(parts) == 1
    assert parts[-1] == {"left_out": 1}
    with laptop.store.transaction() as db:
        in_session.note(db, day_of(time.time() - DAY), [ANNA])
    assert batches_of(laptop.ask(Request(SHOW, newest=10))) == 2


def test_nobody_reads_anothers_minutes_and_names_on_a_shared_laptop(
    laptop: Service, become: Callable[[str], None]
) -> None:
    """Not even when the other one has left, and the service was started again since."""
    become(BERT)
    laptop.sign_in()
    laptop.close()
    laptop = Service(laptop.config, laptop.store)
    become(ANNA)
    laptop.sign_in()
    assert "Somebody else" in laptop.refusal(Request(SHOW))
    become(BERT)
    assert "Somebody else" in laptop.refusal(Request(SHOW))
    laptop.close()


def test_an_account_without_a_session_sees_nothing(laptop: Service, become: Callable[[str], None]) -> None:
    become(ANNA)
    assert "does not know your session" in laptop.refusal(Request(SHOW))
    assert "does not know your session" in laptop.refusal(Request(PAUSE))


def test_how_the_agent_is_doing_may_be_asked_by_everybody(
    laptop: Service, become: Callable[[str], None]
) -> None:
    become(ANNA)
    [part] = laptop.ask(Request(STATUS))
    assert part["status"]["enrolled"] is True
    assert "diary" not in json.dumps(part)


def test_what_was_agreed_may_be_asked_by_everybody_and_says_nothing_of_persons(
    laptop: Service, become: Callable[[str], None]
) -> None:
    put(laptop.store.db, "policy", json.dumps({"agreement": {"hash": "ab12"}}))
    put(laptop.store.db, "pauses", "[[1, 2]]")
    become(BERT)
    laptop.sign_in()
    become(ANNA)
    [rows, key] = laptop.ask(Request(AGREEMENT))
    assert dict(rows["rows"]).keys() <= {"policy", "policy_refused", "agreement_signed"}
    assert "ab12" in dict(rows["rows"])["policy"]
    assert key == {"key": ""}
    laptop.config.identity_path.unlink()
    assert laptop.refusal(Request(AGREEMENT)) == "This laptop is not enrolled."


def test_a_person_pauses_where_the_policy_allows_it_and_while_alone(
    laptop: Service, become: Callable[[str], None]
) -> None:
    become(ANNA)
    laptop.sign_in()
    assert "does not allow a pause" in laptop.refusal(Request(PAUSE))
    put(laptop.store.db, "policy", json.dumps({"pause": {"allowed": True, "hours_most": 4}}))
    assert "up to 4 hours" in laptop.refusal(Request(PAUSE, 5.0))
    [begun] = laptop.ask(Request(PAUSE, 2.0))
    assert begun["until"] == pytest.approx(time.time() + 7200, abs=30)
    become(BERT)
    laptop.sign_in()
    assert "Somebody else" in laptop.refusal(Request(GO_ON))


def test_a_person_ends_the_pause(laptop: Service, become: Callable[[str], None]) -> None:
    put(laptop.store.db, "policy", json.dumps({"pause": {"allowed": True}}))
    become(ANNA)
    laptop.sign_in()
    laptop.ask(Request(PAUSE))
    assert laptop.ask(Request(GO_ON)) == [{"ended": True}]
    assert laptop.ask(Request(GO_ON)) == [{"ended": False}]


def test_a_companion_loses_no_minute_to_an_asker(laptop: Service) -> None:
    """What it said is still there for the next look, and its place is its own however many ask."""
    laptop.sign_in()
    for _ in range(5):
        laptop.ask(Request(STATUS))
    assert laptop.companions.accounts() == {ME}
    assert laptop.sessions[0].recv(9000)
    laptop.sessions[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        laptop.sessions[0].recv(9000)


def test_who_does_not_read_holds_nobody_up_and_is_given_up(
    laptop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(laptop.store.db, "policy", json.dumps({"applications": ["x" * 100] * 20_000}))
    with laptop.call(written(Request(SHOW))) as slow:
        laptop.turn()
        assert laptop.askers.writing
        assert laptop.ask(Request(STATUS))[0]["status"]
        assert laptop.askers.writing
        now = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: now() + service.ANSWER_SECONDS)
        assert laptop.askers.patience(60.0) == 0.0
        laptop.turn()
        assert laptop.askers.writing == []
        while data := slow.recv(1 << 20):
            assert not data.endswith(END)


def test_a_long_answer_arrives_whole(laptop: Service) -> None:
    put(laptop.store.db, "policy", json.dumps({"applications": ["x" * 100] * 20_000}))
    rows = next(part["rows"] for part in laptop.ask(Request(SHOW)) if part["table"] == "meta")
    assert len(dict(rows)["policy"]) > 2_000_000


def test_who_asks_again_and_again_is_told_to_wait(laptop: Service) -> None:
    answers = [laptop.ask(Request(STATUS))[0] for _ in range(service.PER_MINUTE + 1)]
    assert [("refused" in answer) for answer in answers] == [False] * service.PER_MINUTE + [True]


def test_nobody_keeps_the_service_awake(laptop: Service) -> None:
    assert laptop.askers.reading
    for _ in range(service.TURNS_PER_MINUTE):
        laptop.turn()
    assert laptop.askers.reading == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"is":"Request","what":"everything","hours":null,"newest":1}\n',
        b'{"is":"Request","what":"show","hours":null,"newest":-1}\n',
        b'{"is":"Request","what":"show","hours":null,"newest":1e9}\n',
        b'{"is":"Request","what":"pause","hours":"long","newest":0}\n',
        b'{"is":"Request","what":["show"],"hours":null,"newest":0}\n',
        b'{"is":"Request","what":"pause","hours":[],"newest":0}\n',
        b'{"is":"Request"}\n',
    ],
)
def test_a_wish_that_is_none_is_sent_away(laptop: Service, line: bytes) -> None:
    with laptop.call(line) as peer:
        laptop.turn()
        assert peer.recv(9000) == b""


@pytest.mark.parametrize("hours", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_pause_of_no_length_is_refused(laptop: Service, hours: float) -> None:
    put(laptop.store.db, "policy", json.dumps({"pause": {"allowed": True, "hours_most": 4}}))
    assert "up to 4 hours" in laptop.refusal(Request(PAUSE, hours))


class Pipe:
    """A connection as Windows has it: nothing to wait for, and a little room at a time."""

    user, person = ME, True

    def __init__(self, says: bytes) -> None:
        self.says, self.heard, self.closed = says, b"", False

    def fileno(self) -> int | None:
        return None

    def receive(self) -> bytes:
        said, self.says = self.says, b""
        return said

    def send(self, line: bytes) -> None:
        raise AssertionError("an answer is handed over bit by bit")

    def send_some(self, data: bytes) -> int:
        self.heard += data[:777]
        return len(data[:777])

    def close(self) -> None:
        self.closed = True


class PipeDoor:
    owners = frozenset({ME})
    descriptors: list[int] = []  # noqa: RUF012

    def __init__(self, *streams: Stream) -> None:
        self._streams = list(streams)

    def callers(self) -> list[Stream]:
        found, self._streams = self._streams, []
        return found

    def close(self) -> None: ...


def test_where_there_is_nothing_to_wait_for_an_answer_goes_on_soon(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    put(local_store.db, "policy", json.dumps({"applications": ["x" * 100] * 50}))
    pipe = Pipe(written(Request(SHOW)))
    askers = Askers(enrolled_config, local_store, Companions(PipeDoor(pipe)))
    turns = 0
    while not pipe.closed:
        askers.turn(time.time())
        turns += 1
        assert pipe.closed or askers.patience(60.0) <= service.SOON
    assert pipe.heard.endswith(END)
    assert turns > 1
    assert askers.patience(60.0) == 60.0


def test_root_may_ask_a_service_of_another_account_and_is_no_companion(
    enrolled_config: Config, local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are accounts of the system heard."""
    monkeypatch.setattr(os, "geteuid", lambda: 990)
    accounts = iter([0, 0, 33])
    monkeypatch.setattr("agent.companion.unix_socket.user_of", lambda connection: next(accounts))
    laptop = Service(enrolled_config, local_store)
    assert laptop.ask(Request(SHOW))[-1] == {"left_out": 0}
    laptop.sign_in()
    assert laptop.companions.accounts() == set()
    with laptop.call(written(Request(STATUS))) as peer:
        laptop.turn()
        with pytest.raises(ConnectionResetError):
            peer.recv(9000)
    laptop.close()
