"""The service and what starts it: it says that it is up and not stuck, and starts anew when it must."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_time import FakeTime
from recording_collector import RecordingCollector
from waiting import wait_until

from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions
from agent.config import Config
from agent.reading import Collector, Reading
from agent.service import looks, watchdog
from agent.service.runner import LONGEST_NAP, Runner
from agent.service.service_manager import ServiceManager
from agent.service.watchdog import STUCK, Watchdog
from agent.store.local_store import LocalStore, get, put
from agent.system.clock import Clock

ROOT = Path(__file__).parents[2]
STARTS = """SELECT count(*) FROM happening WHERE kind = 'agent' AND detail LIKE '%started%'"""


@pytest.fixture
def ear(tmp_path: Path) -> socket.socket:
    """What a service manager listens with."""
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(str(tmp_path / "notify"))
    ear.settimeout(20)
    return ear


def heard(ear: socket.socket) -> str:
    return ear.recv(100).decode()


def test_the_service_says_that_it_is_up_not_stuck_and_ending(
    enrolled_config: Config, recording: RecordingCollector, ear: socket.socket
) -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"],
        cwd=ROOT,
        env={**os.environ, "NOTIFY_SOCKET": ear.getsockname()},
    )
    try:
        assert [heard(ear), heard(ear)] == ["READY=1", "WATCHDOG=1"]
        service.send_signal(signal.SIGTERM)
        while (said := heard(ear)) == "WATCHDOG=1":
            pass
        assert said == "STOPPING=1"
        assert service.wait(20) == 0
    finally:
        service.kill()
        ear.close()


def test_a_manager_that_does_not_listen_harms_nothing(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).not_stuck()
    ServiceManager({}).up()


def test_the_service_tells_its_company_that_it_started(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"], cwd=ROOT
    )
    try:
        wait_until(lambda: recording.batches)
    finally:
        service.terminate()
        assert service.wait(20) == 0
    told = [event for batch in recording.batches for event in batch.get("events", [])]
    assert [(event["kind"], event["detail"]) for event in told] == [("agent", {"what": "started"})]


def test_a_service_that_grew_starts_anew_in_its_own_place(
    enrolled_config: Config, local_store: LocalStore, tmp_path: Path
) -> None:
    """Same process, so that whoever started it notices nothing; what it did before is in the store."""
    program = tmp_path / "grown.py"
    program.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from agent.service import upkeep\n"
        "from agent.__main__ import main\n"
        "from agent.store.local_store import LocalStore, get\n"
        "upkeep.MINUTE, upkeep.MINUTES_TOO_LARGE = 0, 1\n"
        f"store = LocalStore(__import__('pathlib').Path({str(enrolled_config.store_path)!r}))\n"
        "grown = not get(store.db, 'fresh_starts'); store.close()\n"
        "upkeep.rss_mib = lambda: 500.0 if grown else 20.0\n"
        "sys.exit(main())\n"
    )
    command = [sys.executable, str(program), "--config", str(enrolled_config.path), "run"]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: local_store.db.execute(STARTS).fetchone()[0] == 2)
        assert (enrolled_config.state / "run.lock").read_text() == str(service.pid)
    finally:
        service.terminate()
        said = service.communicate(timeout=20)[1]
    assert service.returncode == 0
    assert said.count("it starts anew") == 1


def test_a_look_that_does_not_come_back_ends_the_process_for_its_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no signal can interrupt it: the note says which source it was."""
    program = tmp_path / "stuck.py"
    program.write_text(
        "import ctypes, sys, threading\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from agent.service import watchdog\n"
        "watchdog.STUCK_SECONDS = watchdog.CHECK_EVERY = 0.2\n"
        f"dog = watchdog.Watchdog(Path({str(tmp_path)!r})); dog.start()\n"
        "dog.begin('quick'); dog.end()\n"
        "dog.begin('counters')\n"
        "ctypes.CDLL(None).sleep(60)\n"
    )
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=20)
    assert done.returncode == STUCK
    assert "counters: stuck" in done.stderr
    again = Watchdog(tmp_path)
    assert (again.victim(), again.victim()) == ("counters", "")


def test_a_look_within_its_time_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    dog = Watchdog(tmp_path, ended.append)
    dog.begin("slow")
    dog.check()
    monkeypatch.setattr(watchdog, "STUCK_SECONDS", 0.0)
    dog.end()
    dog.check()
    assert ended == []


def test_the_next_start_leaves_the_source_alone_for_an_hour(
    enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime
) -> None:
    (enrolled_config.state / "stuck").write_text("counters")
    looked: list[float] = []

    def look(now: float, cursor: str | None) -> Reading:
        looked.append(fake_time.elapsed)
        return Reading()

    clock = Clock(0.0, lambda: fake_time.wall, lambda: fake_time.elapsed, lambda: fake_time.awake)
    put(local_store.db, "policy_checked_at", str(fake_time.wall))
    began = fake_time.elapsed
    runner = Runner(
        enrolled_config,
        local_store,
        clock=clock,
        collectors=lambda options: [Collector("counters", ("cpu",), 60.0, look)],
    )
    for _ in range(70):
        runner.tick()
        fake_time.pass_(60)
    assert looked[0] - began == pytest.approx(3600, abs=60)


def test_no_line_of_the_log_holds_a_secret(enrolled_config: Config, local_store: LocalStore) -> None:
    """Neither the token nor the proxy's password, however badly the delivery goes."""
    with enrolled_config.path.open("a") as file:
        file.write('proxy = "http://anna:sesame@127.0.0.1:9"\n')
    command = [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"]
    service = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: get(local_store.db, "send_trouble"))
        time.sleep(1.5)  # the service says it when it has noticed
    finally:
        service.terminate()
        said = service.communicate(timeout=20)[1]
    assert "What waits is kept." in said
    assert "sesame" not in said + get(local_store.db, "send_trouble")
    assert "dexd_0" not in said


UNIT = ROOT / "packaging/linux/dex-agent.service"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="not run: needs systemd-analyze (systemd)"
)
def test_the_unit_is_closed_to_all_that_the_agent_does_not_need() -> None:
    """systemd's own measure from 0 (closed) to 10; half of what is left is the network."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("not run: this systemd-analyze is older than 250")
    found = re.search(r"exposure level for dex-agent.service: ([\d.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 1.7


def test_the_unit_watches_for_longer_than_a_round_of_looks_may_take() -> None:
    """Every source that is due may take its ten seconds, and then the service sleeps up to a minute."""
    slowest = len(all_collectors(CollectorOptions())) * looks.LOOK_SECONDS + LONGEST_NAP
    assert "WatchdogSec=5min" in UNIT.read_text().splitlines()
    assert slowest < 300
