"""The commands of a person who may not read the service's files, against the real service."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from recording_collector import RecordingCollector
from waiting import eventually

from agent.__main__ import main
from agent.commands import agreement, doctor, pause, show, status  # noqa: F401 (a child of another account could not read them)
from agent.companion.message import (
    STATUS,
    Hello,
    Request,
    written,
)
from agent.config import Config, load_config
from agent.language import spoken  # noqa: F401
from agent.local_time import day_of
from agent.reading import Happening, Reading
from agent.showing.asking import ask_unless_readable
from agent.signals import Sample
from agent.store import in_session, observations
from agent.store.local_store import LocalStore, put
from agent.store.observations import Tick
from agent.version import VERSION

ROOT = Path(__file__).parents[2]
ME, ANNA, BERT = str(os.geteuid()), "12345", "12346"


def as_account(account: int, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """What a command prints for another account; its modules are loaded already, its files may not be."""
    with CommandOf(account, *arguments, **environment) as child:
        return child.ended()


class CommandOf:
    """A command of another account while it runs."""

    def __init__(self, account: int, *arguments: str, **environment: str) -> None:
        self._out, out = os.pipe()
        self._err, err = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.dup2(out, 1)
            os.dup2(err, 2)
            os._exit(_live_as(account, arguments, environment))
        os.close(out)
        os.close(err)
        self.out = os.fdopen(self._out)

    def ended(self) -> tuple[int, str, str]:
        out = self.out.read()
        with os.fdopen(self._err) as err:
            return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1]), out, err.read()

    def __enter__(self) -> "CommandOf":
        return self

    def __exit__(self, *error: object) -> None:
        self.out.close()


def _live_as(account: int, arguments: Sequence[str], environment: dict[str, str]) -> int:
    os.environ.update(environment)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    os.setgroups([])
    os.setgid(account)
    os.setuid(account)
    try:
        return main(list(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


class RealService:
    """`dex-agent run` on files that nobody but its account may read."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config, self.address = config, folder / "companion.sock"
        self.environment = {"DEX_AGENT_COMPANION_SOCKET": str(self.address), "DEX_AGENT_LANG": "en"}
        self.sessions: list[subprocess.Popen[str]] = []
        command = [sys.executable, "-m", "agent", "--config", str(config.path), "run"]
        env = {**os.environ, **self.environment}
        self.process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
        assert eventually(self.address.exists, 30)

    def ask(self, account: int, *words: str) -> tuple[int, str, str]:
        return as_account(account, "--config", str(self.config.path), *words, **self.environment)

    def let_the_configuration_be_read(self) -> None:
        """By everybody, as where it is installed; the state folder stays the service's own."""
        copy = self.address.with_name("agent.toml")
        copy.write_text(f"{self.config.path.read_text()}state = {json.dumps(str(self.config.state))}\n")
        self.config = load_config(copy)

    def sign_in(self, account: int) -> None:
        """A companion of this account."""
        line = written(Hello("1", "x11")).decode()
        command = [sys.executable, "-c", COMPANION, str(account), str(self.address), line]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sessions.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "said\n"

    def close(self) -> None:
        for child in self.sessions:
            child.communicate("")
        self.process.terminate()
        self.process.wait(30)


COMPANION = """
import os, socket, sys
account = int(sys.argv[1])
os.setgid(account); os.setuid(account)
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[2])
peer.sendall(sys.argv[3].encode())
print("said", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def real(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> Iterator[RealService]:
    """In a folder that anybody may enter, which a test's own is not."""
    if os.geteuid() != 0:
        pytest.skip("not run: needs root, which can be other accounts")
    now = time.time()
    crash = Happening("crash", datetime.fromtimestamp(now, UTC), "diary", "9.1")
    with local_store.transaction() as db:
        observations.record(db, Tick(now, {"all": Reading([Sample("on_s", 60.0)], [crash])}, {}))
    recording.policy["pause"] = {"allowed": True, "hours_most": 4}
    put(local_store.db, "policy", json.dumps(recording.policy))
    folder = Path(f"/run/dex-agent-asked-{os.getpid()}")
    made = RealService(enrolled_config, folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


def test_a_person_sees_pauses_and_is_told_by_the_real_service(
    real: RealService, local_store: LocalStore
) -> None:
    """Each in a process of that person's account, which may not open a single file of the service."""
    anna = int(ANNA)
    code, out, err = real.ask(anna, "show")
    assert (code, out) == (1, "")
    assert err == "dex-agent: The agent does not know your session: its companion does not run in it.\n"
    real.sign_in(anna)
    code, out, err = real.ask(anna, "show")
    assert (code, err) == (0, "")
    assert "An application crashed: diary 9.1" in out
    code, out, err = real.ask(anna, "pause", "5")
    assert (code, err) == (2, "dex-agent: A pause may last up to 4 hours.\n")
    code, out, err = real.ask(anna, "pause", "2")
    assert (code, err) == (0, "")
    assert out.startswith("Paused until ")
    _, out, _ = real.ask(anna, "status")
    assert f"The agent runs (process {real.process.pid})." in out
    assert "paused" in out
    assert real.ask(anna, "pause", "--end")[1] == "The pause is over.\n"
    assert in_session.accounts_of(local_store.db, day_of(time.time())) == [ANNA]


def test_a_person_reads_what_was_agreed_and_changes_nothing_of_it(real: RealService) -> None:
    """In the same words and bytes as the service's own account, without a session."""
    for form in ([], ["--document"], ["--json"]):
        code, out, err = real.ask(int(ANNA), "agreement", *form)
        assert (code, err) == (0, "")
        assert out == real.ask(0, "agreement", *form)[1]
    assert json.loads(out)["document"]
    real.let_the_configuration_be_read()
    code, out, err = real.ask(int(ANNA), "agreement", "trust", "ab" * 32)
    assert (code, out) == (2, "")
    assert "belongs to the agent's account" in err


def test_a_person_is_sent_from_the_doctor_to_what_answers(real: RealService) -> None:
    real.let_the_configuration_be_read()
    code, out, err = real.ask(int(ANNA), "doctor")
    assert (code, out) == (2, "")
    assert err.endswith("dex-agent status says how the agent is doing.\n")


def test_an_answer_does_not_wait_for_the_next_look(real: RealService) -> None:
    """Looks are half a minute apart, so ten answers would take minutes."""
    began = time.monotonic()
    for _ in range(10):
        assert real.ask(int(ANNA), "status", "--json")[0] == 0
    assert time.monotonic() - began < 25


def test_the_page_is_the_same_and_served_by_the_persons_own_process(real: RealService) -> None:
    real.sign_in(int(ANNA))
    words = ["--config", str(real.config.path), "show", "--page"]
    with CommandOf(int(ANNA), *words, **real.environment) as child:
        address = child.out.readline().strip()
        owner = Path(f"/proc/{child.process}/status").read_text()
        assert f"Uid:\t{ANNA}" in owner
        page = urlopen(address, timeout=30).read().decode()
        assert child.ended()[0] == 0
    assert "diary" in page
    assert "This laptop, today" in page


def test_with_another_person_in_session_the_real_service_says_no(real: RealService) -> None:
    real.sign_in(int(ANNA))
    real.sign_in(int(BERT))
    for account in (ANNA, BERT):
        code, out, err = real.ask(int(account), "show", "--json")
        assert (code, out) == (1, "")
        assert "Somebody else uses this laptop too" in err
    assert real.ask(int(ANNA), "status", "--json")[0] == 0


def test_where_no_service_listens_the_files_say_what_is_wrong(enrolled_config: Config) -> None:
    assert ask_unless_readable(enrolled_config.path, Request(STATUS), list) is None
    enrolled_config.store_path.unlink()
    assert ask_unless_readable(enrolled_config.path, Request(STATUS), list) is None


OURS = json.dumps({"release": VERSION}).encode()


@pytest.mark.parametrize("words", [["show"], ["status"], ["agreement"], ["pause"], ["pause", "--end"]])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\nend\n", "Something else"),
        (OURS + b"\nend\n", "Something else"),
        (OURS + b'\n{"table":"sqlite_schema","rows":[[1]]}\nend\n', "Something else"),
        (OURS + b'\n{"table":"minute","rows":[[1]]}\n{"left_out":0}\nend\n', "Something else"),
        (b'{"release":"0.0.1"}\nend\n', "start the service again"),
        (b'{"release":"0.', "did not answer"),
    ],
)
def test_an_answer_that_is_none_is_said_so(
    enrolled_config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: bytes,
    sentence: str,
    words: list[str],
) -> None:
    monkeypatch.setattr("agent.showing.asking._can_read", lambda path: False)
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(enrolled_config.companion_address))
    door.listen()

    def speak() -> None:
        peer, _ = door.accept()
        with peer:
            peer.recv(9000)
            peer.sendall(answer)

    thread = threading.Thread(target=speak)
    thread.start()
    assert main(["--config", str(enrolled_config.path), *words]) == 1
    assert sentence in capsys.readouterr().err
    thread.join(10)
    door.close()
