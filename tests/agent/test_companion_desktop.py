"""From a window on a real desktop to the summary of the day: companion, socket, service, store."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("desktops of Linux", allow_module_level=True)

from desktop_session import Programs, needs, x_server
from fake_time import FakeTime
from waiting import eventually

from agent.agreed.policy import load_policy
from agent.collectors import companion as companion_collector
from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.commands.run import greeting
from agent.companion.blind import Blind
from agent.companion.companions import Companions
from agent.companion.loop import Companion
from agent.companion.message import AHEAD, Greeting
from agent.companion.senses.sense import Gone, Senses
from agent.companion.senses.session_linux import open_session
from agent.companion.unix_socket import SocketDoor
from agent.config import SYSTEM_SOCKET, Config, companion_address
from agent.local_time import day_of
from agent.reading import Collector, Reading, SourceAbsent
from agent.sending.day_summary import summarise
from agent.service.runner import Runner
from agent.service.status import status
from agent.showing.doctor import examine
from agent.store.local_store import LocalStore, put
from agent.store.observations import facts_of, source_states
from agent.system.clock import Clock
from agent.system.only_one import hold

ROOT = Path(__file__).parents[2]
MISSING = needs("Xvfb", "openbox")
on_a_desktop = pytest.mark.skipif(bool(MISSING), reason=MISSING)
GREETING = Greeting("https://dex.example.org", True, "abc", ("firefox",))


class Ear:
    """What a companion is told."""

    def __init__(self) -> None:
        self.heard: list[Greeting] = []
        self.minutes: list[bool] = []

    def greeted(self, greeting: Greeting) -> None:
        self.heard.append(greeting)

    def each_minute(self, active: bool) -> None:
        self.minutes.append(active)


def no_session(now: float, cursor: str | None) -> Reading:
    raise SourceAbsent("No session.")


class Laptop:
    """A service with the collectors that a companion feeds, on a clock that the test moves."""

    def __init__(self, config: Config, store: LocalStore, clock: FakeTime) -> None:
        self.config, self.store, self.clock = config, store, clock
        clock.elapsed = 6000.0  # sources are looked at when a minute of it is full
        self.start()

    def start(self) -> None:
        self.companions = Companions(SocketDoor(self.config.companion_address), lambda: GREETING)
        told = Clock(0.0, lambda: self.clock.wall, lambda: self.clock.elapsed, lambda: self.clock.awake)
        self.runner = Runner(self.config, self.store, clock=told, collectors=self._collectors)
        self.runner.tick()

    def _collectors(self, options: CollectorOptions) -> list[Collector]:
        sight = companion_collector.Sight(self.companions, options.applications, lambda: self.clock.elapsed)
        return [
            Collector("awake", (), 60.0, Awake(lambda: self.clock.awake).collect),
            Collector("companion", (), 60.0, sight.collect),
            Collector("apps", ("apps",), 60.0, sight.apps),
            sight.unless_told(Collector("active", ("active",), 60.0, no_session)),
            Collector("use", ("active",), 60.0, sight.use),
            Collector("hang", ("hang",), 60.0, sight.hangs),
        ]

    def companion(self, senses: Senses, ear: Ear) -> Companion:
        found = Companion(
            senses,
            self.config.companion_address,
            "1",
            ear,
            clock=lambda: self.clock.elapsed,
            awake=lambda: self.clock.awake,
        )
        found.call()
        return found

    def pass_minute(self, *companions: Companion, rest: float = 60.0) -> None:
        """Companions tell the minute a little before the service looks."""
        self.clock.pass_(rest - AHEAD)
        for companion in companions:
            companion.step()
        self.clock.pass_(AHEAD)
        self.runner.tick()

    def summary(self) -> dict[str, object]:
        facts = facts_of(self.store.db, day_of(self.clock.wall))
        return summarise(facts, load_policy(self.store.db).applications)


@pytest.fixture
def laptop(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime) -> Iterator[Laptop]:
    put(local_store.db, "policy", '{"applications": ["firefox"]}')
    found = Laptop(enrolled_config, local_store, fake_time)
    yield found
    found.companions.close()


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with x_server(tmp_path_factory.mktemp("desktop"), "openbox") as env:
        yield env


@pytest.fixture
def programs(desktop: dict[str, str]) -> Iterator[Programs]:
    started = Programs(Path(desktop["HOME"]), desktop, "x11_window.py")
    yield started
    started.close()


@pytest.fixture
def senses(desktop: dict[str, str]) -> Iterator[Senses]:
    opened = open_session(lambda program: False, desktop)
    assert eventually(lambda: not opened.front_known())
    yield opened
    opened.close()


def shows(senses: Senses, program: str) -> bool:
    def look() -> bool:
        senses.take_events()
        front = senses.front()
        return front is not None and front.program == program

    return eventually(look)


@on_a_desktop
def test_seconds_of_a_window_in_front_reach_the_summary(
    laptop: Laptop, programs: Programs, senses: Senses
) -> None:
    ear = Ear()
    diary = programs.start("private-diary")
    assert shows(senses, "private-diary")
    programs.tell(diary, "type")
    companion = laptop.companion(senses, ear)
    laptop.pass_minute(companion)
    laptop.clock.pass_(20)
    firefox = programs.start("firefox")
    assert shows(senses, "firefox")
    programs.tell(firefox, "type")
    companion.step()
    laptop.pass_minute(companion, rest=40)
    laptop.pass_minute(companion)
    found = laptop.summary()
    rows = {row["name"]: round(row["hours"] * 3600) for row in found["apps"]}  # type: ignore[attr-defined]
    assert rows.keys() == {"firefox", "other"}
    assert rows["other"] == pytest.approx(60 + 20, abs=4)
    assert rows["firefox"] == pytest.approx(40 + 60, abs=4)
    assert found["app_source"] == "foreground"
    assert found["active_source"] == "input"
    assert b"private-diary" not in laptop.store.path.read_bytes()
    assert ear.heard == [GREETING]


@on_a_desktop
def test_a_service_that_starts_anew_is_called_again_and_loses_at_most_its_minute(
    laptop: Laptop, programs: Programs, senses: Senses
) -> None:
    ear = Ear()
    programs.tell(programs.start("firefox"), "type")
    assert shows(senses, "firefox")
    companion = laptop.companion(senses, ear)
    laptop.pass_minute(companion)
    laptop.clock.pass_(20)
    laptop.companions.close()
    laptop.clock.pass_(10)
    laptop.start()
    laptop.pass_minute(companion, rest=30)
    laptop.pass_minute(companion)
    found = laptop.summary()
    assert 118 <= found["usage_s"] <= 180  # type: ignore[operator]
    assert found["app_s"] == pytest.approx(180, abs=4)
    companion.step()
    assert ear.heard == [GREETING, GREETING]


def test_a_desktop_that_tells_nothing_leaves_use_to_the_session_and_says_why(laptop: Laptop) -> None:
    ear = Ear()
    companion = laptop.companion(Blind("This desktop keeps it to itself.", {}), ear)
    for _ in range(3):
        laptop.pass_minute(companion)
    state, _since = source_states(laptop.store.db)["apps"]
    assert (state.state, state.sentence) == ("absent", "This desktop keeps it to itself.")
    assert source_states(laptop.store.db)["hang"][0].state == "absent"
    assert ear.heard == [GREETING]
    assert ear.minutes[-1] is True  # nobody can tell
    assert status(laptop.config, None, laptop.store.db).companions == ["blind"]
    said = {finding.about: finding for finding in examine(laptop.config)}
    assert (said["Companions"].state, said["Companions"].sentence) == ("ok", "Heard from: blind.")
    assert said["Applications in front"].sentence == "This desktop keeps it to itself."


def test_doctor_names_what_starts_companions_where_nothing_does(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.showing.doctor.is_missing", lambda: True)
    place = hold(laptop.config.state / "run.lock")
    assert isinstance(place, int)
    said = {finding.about: finding for finding in examine(laptop.config)}
    assert (
        said["Companions"].command == f"sudo dex-agent --config {laptop.config.path} companion --autostart on"
    )
    os.close(place)


def test_a_companion_without_a_desktop_ends_with_its_session(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    blind = Blind("nothing", {"XDG_RUNTIME_DIR": str(folder)})
    blind.take_events()
    folder.rmdir()
    with pytest.raises(Gone):
        blind.take_events()


def test_a_companion_of_a_desktop_that_cannot_be_sensed_ends_with_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-0"))
        compositor.listen()
        blind = Blind("nothing", {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-0"})
        accepted, _ = compositor.accept()
        blind.take_events()
        accepted.close()
        with pytest.raises(Gone):
            blind.take_events()
    blind.close()


def start(config: Config, env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent", "--config", str(config.path), "companion", *arguments]
    return subprocess.Popen(command, env=env, cwd=ROOT, text=True, stderr=subprocess.PIPE)


@on_a_desktop
def test_the_program_ends_when_its_display_does_and_runs_once_per_session(
    agent_config: Config, tmp_path: Path
) -> None:
    with x_server(tmp_path, "openbox") as env:
        first = start(agent_config, env)
        lock = tmp_path / ".local" / "state" / "dex-agent"
        assert eventually(lambda: lock.is_dir() and any(file.read_text() for file in lock.iterdir()))
        second = start(agent_config, env)
        assert "runs in this session already" in second.communicate(timeout=20)[1]
        assert second.returncode == 1
        assert first.poll() is None
    assert "has gone" in first.communicate(timeout=20)[1]
    assert first.returncode == 0


def test_the_program_ends_at_sigterm(agent_config: Config, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = start(agent_config, env)
    assert program.stderr is not None
    assert "sees nothing" in program.stderr.readline()
    program.terminate()
    assert program.communicate(timeout=20)[1] == ""
    assert program.returncode == 0


@contextmanager
def serving(config: Config, address: Path) -> Iterator[list[str]]:
    """A real service, and what it has said by the end of its first look."""
    command = [sys.executable, "-m", "agent", "--config", str(config.path), "run"]
    env = {**os.environ, "DEX_AGENT_COMPANION_SOCKET": str(address)}
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=env) as service:
        assert service.stderr is not None
        said = []
        while not any("Not enrolled: " in line for line in said):
            said.append(service.stderr.readline())
        yield said
        service.terminate()
    assert service.returncode == 0


def test_the_service_has_an_ear_for_companions_while_it_runs(agent_config: Config, tmp_path: Path) -> None:
    address = tmp_path / "run" / "ear.sock"
    with serving(agent_config, address):
        assert address.is_socket()
        assert address.stat().st_mode & 0o777 == 0o666
    assert not address.exists()


def test_a_service_that_cannot_open_its_ear_goes_on_and_says_so(agent_config: Config) -> None:
    with serving(agent_config, Path("/proc/ear.sock")) as said:
        assert any("Companions cannot be heard, because /proc/ear.sock" in line for line in said)


def test_who_calls_is_told_what_is_listed_and_whether_it_was_agreed(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    put(local_store.db, "policy", '{"applications": ["firefox"], "agreement": {"hash": "abc"}}')
    found = greeting(enrolled_config, local_store)
    assert found == Greeting(enrolled_config.server, False, "abc", ("firefox",))


def test_a_companion_finds_its_service_without_reading_its_settings(tmp_path: Path) -> None:
    unreadable = tmp_path / "agent.toml"
    assert companion_address(unreadable, {}) == tmp_path / "companion.sock"
    assert companion_address(Path("/etc/dex-agent/agent.toml"), {}) == SYSTEM_SOCKET
    unreadable.write_text('companion_socket = "/run/here.sock"')
    assert companion_address(unreadable, {}) == Path("/run/here.sock")
    named = {"DEX_AGENT_COMPANION_SOCKET": "/run/there.sock"}
    assert companion_address(unreadable, named) == Path("/run/there.sock")


@pytest.mark.soak
@on_a_desktop
def test_the_whole_program_tells_the_service_of_its_minutes(
    agent_config: Config, desktop: dict[str, str], programs: Programs
) -> None:
    """Two real processes for three real minutes; the service is killed and started anew meanwhile."""
    service_command = [sys.executable, "-m", "agent", "--config", str(agent_config.path), "run"]
    run = partial(subprocess.Popen, service_command, cwd=ROOT, stderr=subprocess.DEVNULL)
    window = programs.start("firefox")
    service, companion = run(), start(agent_config, desktop)
    try:
        for second in range(200):
            programs.tell(window, "type")
            time.sleep(1)
            if second == 90:
                service.kill()
                service.wait()
                service = run()
        store = LocalStore(agent_config.store_path)
        rows = store.db.execute("SELECT total(seconds) FROM app_time").fetchone()
        store.close()
        assert rows[0] > 110
    finally:
        for process in (companion, service):
            process.terminate()
            process.wait(20)
