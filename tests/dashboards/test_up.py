"""`dex-server up` on a real terminal: all that it starts, and that nothing of it stays."""

import contextlib
import json
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
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener, urlopen

import psutil
import pytest
from click.testing import CliRunner
from pg_server import free_port
from terminal import Terminal
from waiting import wait_until

from dashboards.cli import main

PROGRAM = str(Path(sys.executable).with_name("dex-server"))
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in/dexl_\S+")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is a thing of Unix")


def family(data: Path) -> list[psutil.Process]:
    """The processes that name this data directory: what `up` started, and itself."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(data) in part for part in process.cmdline()):
                found.append(process)
    return found


class Up:
    """One data directory, and `up` on it: started when a test needs it, shared by those that only look."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self.terminal: Terminal | None = None

    def start(self) -> None:
        self.port = free_port()
        self.terminal = Terminal(PROGRAM, "up", "--data", str(self.data), "--port", str(self.port))
        self.terminal.read_until("Ctrl-C ends everything.")

    def ended(self, seconds: float) -> int:
        """Waits for its end and gives the exit code."""
        ending, self.terminal = self.terminal, None
        return ending.exit_code(seconds)

    def link(self) -> str:
        """A fresh sign-in link, by the command."""
        asked = [PROGRAM, "login-link", "employee", "--data", str(self.data)]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    def agent(self, *words: str) -> str:
        asked = [
            PROGRAM.replace("dex-server", "dex-agent"),
            "--config",
            f"{self.data}/agent/agent.toml",
            *words,
        ]
        return subprocess.run(asked, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Up]:
    made = Up(tmp_path_factory.mktemp("up") / "var")
    yield made
    end(made.data)


@pytest.fixture
def up(home: Up) -> Up:
    if home.terminal is None:
        home.start()
    return home


@pytest.fixture
def data(tmp_path) -> Iterator[Path]:
    yield tmp_path / "var"
    end(tmp_path / "var")


def end(data: Path) -> None:
    """Whatever still names this directory."""
    for process in family(data):
        with contextlib.suppress(psutil.Error):
            process.kill()


def browser() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor())


def test_up_runs_everything(up):
    names = " ".join(" ".join(process.cmdline()) for process in family(up.data))
    for part in ("dashboards.serve", "dashboards.worker", "agent.toml run"):
        assert part in names
    with urlopen(f"http://127.0.0.1:{up.port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    with urlopen(f"http://127.0.0.1:{up.port}/metrics", timeout=10) as answer:
        assert b"dex_batches_total" in answer.read(), "open on the machine itself"


def test_the_printed_link_opens_my_laptop(up):
    with browser().open(LINK.search(up.terminal.text)[0], timeout=10) as page:
        assert page.url == f"http://127.0.0.1:{up.port}/me"
        assert b"What we see, and what we don" in page.read()


def test_a_crash_shows_on_my_laptop_within_a_minute(up, tmp_path):
    (crashes,) = [
        one for one in json.loads(up.agent("doctor", "--json")) if one["about"].startswith("Crashes")
    ]
    program = tmp_path / "dex-crash-test"
    shutil.copy(shutil.which("sleep"), program)
    pages = browser()
    with pages.open(up.link(), timeout=10) as page:
        before = page.read().decode()
    with subprocess.Popen([str(program), "60"]) as victim:
        time.sleep(0.2)
        victim.send_signal(signal.SIGSEGV)
    if crashes["state"] != "ok":
        assert re.search(r"Crashes of applications</span></dt>\s*<dd>not ", before), (
            "the page says what is missing"
        )
        return
    deadline = time.monotonic() + 60
    shown = before
    while shown.count("An application crashed") == before.count("An application crashed"):
        assert time.monotonic() < deadline, "the crash did not come to the page"
        time.sleep(1)
        with pages.open(f"http://127.0.0.1:{up.port}/me", timeout=10) as page:
            shown = page.read().decode()
    assert program.name not in shown, "an unlisted name stays on the laptop"
    assert program.name in up.agent("show")


def test_only_one_up_uses_a_directory(up):
    assert refusal(up.data, free_port()).startswith("Another dex-server up is running on ")


def test_ctrl_c_ends_it_and_a_second_start_finds_its_laptop_again_on_another_port(up):
    up.terminal.press_ctrl_c()
    assert up.ended(60) == 0
    assert family(up.data) == []
    this_laptop = (up.data / "this_laptop").read_text()
    up.start()
    assert "not running" not in up.terminal.text
    assert (up.data / "this_laptop").read_text() == this_laptop
    assert f"127.0.0.1:{up.port}" in (up.data / "agent" / "agent.toml").read_text()
    assert f":{up.port}/" in up.link()


def test_a_child_that_ends_takes_all_with_it(up):
    (worker,) = [process for process in family(up.data) if "dashboards.worker" in process.cmdline()]
    worker.kill()
    terminal = up.terminal
    assert up.ended(20) == 1
    assert "The worker ended by itself (by SIGKILL)." in terminal.text
    assert family(up.data) == []


def test_a_killed_supervisor_leaves_nothing_behind(up):
    os.kill(up.terminal.pid, signal.SIGKILL)
    up.ended(10)
    wait_until(lambda: not family(up.data))


def refusal(data: Path, port: int) -> str:
    """What `up` says when it cannot start: one sentence, and exit code 2."""
    done = CliRunner().invoke(main, ["up", "--data", str(data), "--port", str(port)])
    assert (done.exit_code, done.stdout) == (2, "")
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
