"""What starts companions with desktop sessions: files of three systems, and the command that writes one."""

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.__main__ import main
from agent.companion.autostart import (
    WINDOWS_KEY,
    WINDOWS_VALUE,
    Entry,
    desktop_entry,
    launch_agent,
    windows_line,
)

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
COMMAND = ("/usr/bin/dex-agent", "companion")


def test_packaged_files_are_those_that_the_command_writes() -> None:
    linux = PACKAGING / "linux" / "dex-agent-companion.desktop"
    macos = PACKAGING / "macos" / "org.employee-dex.companion.plist"
    windows = PACKAGING / "windows" / "companion.reg"
    assert linux.read_text("utf-8") == desktop_entry(COMMAND)
    assert macos.read_text("utf-8") == launch_agent(("/usr/local/bin/dex-agent", "companion"))
    program = r"C:\Program Files\Employee DEX\dex-agent.exe"
    line = windows_line((program, "companion")).replace("\\", "\\\\").replace('"', '\\"')
    assert windows.read_bytes().decode("utf-16").splitlines() == [
        "Windows Registry Editor Version 5.00",
        "",
        f"[HKEY_LOCAL_MACHINE\\{WINDOWS_KEY}]",
        f'"{WINDOWS_VALUE}"="{line}"',
    ]


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils")
@pytest.mark.parametrize(
    "command", [COMMAND, ("/opt/a b/dex-agent", "--config", "/x/50%/$a`b.toml", "companion")]
)
def test_the_desktop_entry_is_valid(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "companion.desktop"
    file.write_text(desktop_entry(command))
    done = subprocess.run(["desktop-file-validate", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_special_in_a_command_is_written_out() -> None:
    entry = desktop_entry(("/opt/a b/dex-agent", "50%", 'say "$x"'))
    assert 'Exec="/opt/a b/dex-agent" 50%% "say \\\\"\\\\$x\\\\""\n' in entry


def test_the_launch_agent_is_a_property_list() -> None:
    found = plistlib.loads(launch_agent(("/usr/local/bin/dex-agent", "a & b")).encode())
    assert found["ProgramArguments"] == ["/usr/local/bin/dex-agent", "a & b"]
    assert found["RunAtLoad"] is True


def test_a_path_with_a_blank_is_quoted_on_windows() -> None:
    assert windows_line((r"C:\Program Files\d.exe", "companion")) == r'"C:\Program Files\d.exe" companion'


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_on_and_off_for_one_account(tmp_path: Path, system: str) -> None:
    entry = Entry(False, {"HOME": str(tmp_path / "home")}, tmp_path, system)
    assert entry.where_on() == ""
    entry.turn_on(COMMAND)
    assert entry.where_on() == str(entry.path)
    assert tmp_path / "home" in entry.path.parents
    entry.turn_off(COMMAND)
    assert entry.where_on() == ""
    assert not entry.path.exists()


def test_one_account_may_say_no_to_what_is_on_for_everybody(tmp_path: Path) -> None:
    everybody = Entry(True, {"HOME": "/root"}, tmp_path, "linux")
    own = Entry(False, {"HOME": str(tmp_path / "home")}, tmp_path, "linux")
    everybody.turn_on(COMMAND)
    assert everybody.path == tmp_path / "etc/xdg/autostart/dex-agent-companion.desktop"
    assert own.where_on() == str(everybody.path)
    own.turn_off(COMMAND)
    assert own.where_on() == ""
    assert "Hidden=true" in own.path.read_text()
    own.turn_on(COMMAND)
    assert own.where_on() == str(own.path)


@pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
def test_the_command_says_what_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    def run(wanted: str) -> tuple[int, str]:
        return main(["companion", "--autostart", wanted]), capsys.readouterr().out

    assert run("status") == (1, "No companion starts by itself.\n")
    assert run("on")[0] == 0
    assert (tmp_path / ".config/autostart/dex-agent-companion.desktop").exists()
    assert run("status")[0] == 0
    assert run("off") == (0, "No companion starts by itself.\n")
