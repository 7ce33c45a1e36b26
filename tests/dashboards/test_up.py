"""`dex-server up` on a real terminal: all that it starts, and that nothing of it stays."""

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from terminal import Terminal

PROGRAM = str(Path(sys.executable).with_name("dex-server"))
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in/dexl_\S+")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is a thing of Unix")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(data: Path) -> list[psutil.Process]:
    """The processes that name this data directory: what `up` started, and itself."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(data) in part for part in process.cmdline()):
                found.append(process)
    return found


def gone(data: Path, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while family(data) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not family(data)


@pytest.fixture
def data(tmp_path) -> Iterator[Path]:
    """A data directory; whatever still names it at the end is ended."""
    place = tmp_path / "var"
    yield place
    for process in family(place):
        with contextlib.suppress(psutil.Error):
            process.kill()


def start(data: Path, port: int) -> Terminal:
    terminal = Terminal(PROGRAM, "up", "--data", str(data), "--port", str(port))
    terminal.read_until("Ctrl-C ends everything.")
    return terminal


def test_up_runs_everything_and_ctrl_c_ends_it(data):
    port = free_port()
    terminal = start(data, port)
    names = " ".join(" ".join(process.cmdline()) for process in family(data))
    for part in ("dashboards.serve", "dashboards.worker", "agent.toml run"):
        assert part in names
    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    with urlopen(LINK.search(terminal.text)[0], timeout=10) as page:
        assert page.url == f"http://127.0.0.1:{port}/"  # urlopen keeps no cookie, but the link led on
    began = time.monotonic()
    terminal.press_ctrl_c()
    assert terminal.exit_code(15) == 0
    assert time.monotonic() - began < 5, "about a second is promised; five allow for a busy machine"
    assert family(data) == []


def test_a_second_start_finds_its_laptop_again_on_another_port(data):
    first = start(data, free_port())
    first.press_ctrl_c()
    first.exit_code(15)
    this_laptop = (data / "this_laptop").read_text()
    port = free_port()
    second = start(data, port)
    assert "not running" not in second.text
    assert (data / "this_laptop").read_text() == this_laptop
    assert f"127.0.0.1:{port}" in (data / "agent" / "agent.toml").read_text()
    link = subprocess.run(
        [PROGRAM, "login-link", "employee", "--data", str(data)], capture_output=True, text=True
    )
    assert LINK.fullmatch(link.stdout.strip()), link.stderr
    assert f":{port}/" in link.stdout
    assert refusal(data, free_port()).startswith("Another dex-server up is running on ")
    second.press_ctrl_c()
    assert second.exit_code(15) == 0


def test_a_killed_supervisor_leaves_nothing_behind(data):
    terminal = start(data, free_port())
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.exit_code(10)
    assert gone(data)


def test_a_child_that_ends_takes_all_with_it(data):
    terminal = start(data, free_port())
    (worker,) = [process for process in family(data) if "dashboards.worker" in process.cmdline()]
    worker.kill()
    assert terminal.exit_code(20) == 1
    assert "The worker ended by itself (by SIGKILL)." in terminal.text
    assert family(data) == []


def refusal(data: Path, port: int) -> str:
    """What `up` says when it cannot start: one sentence, and exit code 2."""
    done = subprocess.run(
        [PROGRAM, "up", "--data", str(data), "--port", str(port)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("dex-server: ").removesuffix("\n")


def test_a_port_in_use_is_one_sentence(data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(data, port)
    assert said == f"Port {port} cannot be used: Address already in use. Choose another with --port."


def test_a_data_directory_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file" / "var", free_port()).startswith("The data directory ")


def test_a_store_that_is_none_is_one_sentence(data):
    data.mkdir()
    (data / "dex.sqlite3").write_text("this is no database, however long one looks at it\n" * 100)
    assert "file is not a database" in refusal(data, free_port())


def test_a_store_of_a_newer_version_is_one_sentence(data, sqlite_template):
    data.mkdir()
    shutil.copy(sqlite_template, data / "dex.sqlite3")
    with contextlib.closing(sqlite3.connect(data / "dex.sqlite3")) as store, store:
        store.execute("update alembic_version set version_num = '9999'")
    assert refusal(data, free_port()).startswith("The store belongs to another version of this program")
