"""The real program with its real collectors: one look, one delivery, the end."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recording_collector import RecordingCollector, problem
from waiting import wait_until

from agent.config import Config
from agent.sending import sender
from agent.sending.sender import Sender
from agent.signals import COVERAGE_STATES, COVERED
from agent.store.local_store import LocalStore

ROOT = Path(__file__).parents[2]


def agent(config: Config, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "--config", str(config.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)


def test_one_look_at_this_machine_is_sent_and_honest(
    enrolled_config: Config, recording: RecordingCollector
) -> None:
    done = agent(enrolled_config, "run", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    (batch,) = recording.batches
    coverage = batch["summary"]["coverage"]
    assert set(coverage) == set(COVERED)
    assert set(coverage.values()) <= set(COVERAGE_STATES)
    assert coverage["space"] == "ok"
    assert 0 <= batch["summary"]["disk_free_pct"] <= 100
    assert batch["summary"]["agent"][0]["rss_peak_mib"] > 5


def test_one_look_without_a_collector_keeps_everything(
    enrolled_config: Config, recording: RecordingCollector
) -> None:
    recording.answer = lambda path, content: problem(503, "try-later", "Too much at once.")
    done = agent(enrolled_config, "run", "--once")
    assert done.returncode == 1
    assert "What waits is kept." in done.stderr
    assert "Traceback" not in done.stderr
    recording.answer = lambda path, content: None
    assert agent(enrolled_config, "send", "--json").stdout.strip() == '{"sent": 1, "trouble": null}'
    assert recording.batches[0]["summary"]["revision"] == 1


def test_one_look_before_the_enrolment_says_what_to_do(agent_config: Config) -> None:
    done = agent(agent_config, "run", "--once")
    assert done.returncode == 1
    assert "enroll --key KEY" in done.stderr


def test_the_service_ends_properly_at_what_its_system_sends(enrolled_config: Config) -> None:
    """SIGTERM; on Windows Ctrl-Break, which alone can be sent to a process."""
    command = [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"]
    own_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    service = subprocess.Popen(command, cwd=ROOT, creationflags=own_group)
    try:
        wait_until(lambda: _has_started(enrolled_config))
        service.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        assert service.wait(20) == 0
    finally:
        service.kill()


def _has_started(config: Config) -> bool:
    """Whether it has looked once, so that its signals are its own."""
    if not config.store_path.exists():
        return False
    store = LocalStore(config.store_path)
    try:
        return store.db.execute("SELECT count(*) FROM minute").fetchone()[0] > 0
    finally:
        store.close()


def test_without_a_command_the_commands_are_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent"], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(r"^  doctor +which sources cannot be read", done.stderr, re.M)


def test_a_state_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    (tmp_path / "file").write_text("")
    path.write_text('server = "https://a.example"\nstate = "file/below"\n')
    command = [sys.executable, "-m", "agent", "--config", str(path), "run", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be opened" in done.stderr


def test_where_the_system_cannot_fork_a_process_of_its_own_delivers(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender.sys, "platform", "darwin")
    monkeypatch.chdir(ROOT)
    starting = Sender(enrolled_config)
    starting.start(local_store, [])
    assert starting.running
    starting.wait(30)
    monkeypatch.undo()
    assert [path for path, _, _ in recording.requests] == ["/api/v1/policy", "/api/v1/batches"]


def test_a_delivery_that_hangs_is_ended(
    enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector
) -> None:
    recording.answer = lambda path, content: time.sleep(5)
    starting = Sender(enrolled_config)
    starting.start(local_store, [])
    starting.wait(0.5)
    assert not starting.running
    assert local_store.db.execute("SELECT count(*) FROM meta").fetchone()


def test_a_process_of_its_own_that_hangs_is_ended_at_a_look(
    enrolled_config: Config,
    local_store: LocalStore,
    recording: RecordingCollector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording.answer = lambda path, content: time.sleep(20)
    monkeypatch.setattr(sender.sys, "platform", "darwin")
    monkeypatch.setattr(sender, "LIFETIME", 0.2)
    monkeypatch.chdir(ROOT)
    starting = Sender(enrolled_config)
    starting.start(local_store, [])
    assert starting.running
    time.sleep(0.3)
    assert not starting.running


@pytest.mark.parametrize("arguments", [["--help"], ["show", "--help"], ["--version"]])
def test_help_is_there(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "agent", *arguments]
    assert subprocess.run(command, capture_output=True, timeout=60, cwd=ROOT).returncode == 0


def test_the_service_does_not_keep_what_only_a_delivery_needs() -> None:
    """`requests` resident costs 13 MiB on every laptop, all day."""
    heavy = "{'requests', 'http.client', 'ssl', 'email', 'logging', 'statistics'}"
    code = f"import sys, agent.commands.run; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "[]"
