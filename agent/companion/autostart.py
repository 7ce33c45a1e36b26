"""Whether a companion starts with each desktop session: one small file, or one registry value, per system.

For all accounts where root asks, else for the account that asks.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from agent.errors import AgentError

LABEL = "dex-agent-companion"
MAC_LABEL = "org.employee-dex.companion"
WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
WINDOWS_VALUE = "EmployeeDexCompanion"

DESKTOP = """\
[Desktop Entry]
Type=Application
Name=Employee DEX
Comment=Tells the service of this laptop when it is in use and which listed application is in front
Exec={command}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""
SWITCHED_OFF = """\
[Desktop Entry]
Type=Application
Name=Employee DEX
Exec={command}
Hidden=true
"""
PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{label}</string>
  <key>ProgramArguments</key>
  <array>{arguments}</array>
  <key>RunAtLoad</key><true/>
  <key>LimitLoadToSessionType</key><string>Aqua</string>
  <key>ProcessType</key><string>Background</string>
</dict>
</plist>
"""


def desktop_entry(command: Sequence[str], template: str = DESKTOP) -> str:
    """Desktop Entry Specification: a percent sign and what is special in quotes are written out."""
    return template.format(command=" ".join(_desktop_word(word) for word in command))


def launch_agent(command: Sequence[str]) -> str:
    """launchd.plist(5): started in each desktop session."""
    arguments = "".join(f"<string>{escape(word)}</string>" for word in command)
    return PLIST.format(label=MAC_LABEL, arguments=arguments)


def windows_line(command: Sequence[str]) -> str:
    return " ".join(f'"{word}"' if " " in word else word for word in command)


def command_here(config: Path, default: Path) -> list[str]:
    """What starts a companion of this installation."""
    named = [] if config == default else ["--config", str(config.absolute())]
    program = Path(sys.argv[0])
    if getattr(sys, "frozen", False) or program.name != "__main__.py":
        return [str(program.absolute()), *named, "companion"]
    return [sys.executable, "-m", "agent", *named, "companion"]


class Entry:
    """The file that starts companions on Linux and macOS; `everybody` says for whom."""

    def __init__(
        self,
        everybody: bool,
        environ: Mapping[str, str] = os.environ,
        root: Path = Path("/"),
        system: str = sys.platform,
    ) -> None:
        self._mac = system == "darwin"
        home = Path(environ.get("HOME") or Path.home())
        if self._mac:
            name = Path("Library/LaunchAgents") / f"{MAC_LABEL}.plist"
            self._shared, own = root / name, home / name
        else:
            name = Path("autostart") / f"{LABEL}.desktop"
            self._shared = root / "etc" / "xdg" / name
            own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / name
        self.path = self._shared if everybody else own

    def turn_on(self, command: Sequence[str]) -> None:
        self._write(launch_agent(command) if self._mac else desktop_entry(command))

    def turn_off(self, command: Sequence[str]) -> None:
        """Where it is on for everybody, one account of Linux says that it does not want it."""
        if self.path == self._shared or not self._shared.exists():
            self.path.unlink(missing_ok=True)
        elif self._mac:
            raise AgentError(f"It is on for everybody ({self._shared}); only root can switch it off there.")
        else:
            self._write(desktop_entry(command, SWITCHED_OFF))

    def where_on(self) -> str:
        """The file that starts it, empty if none does."""
        for path in (self.path, self._shared):
            try:
                text = path.read_text("utf-8")
            except OSError:
                continue
            return "" if "\nHidden=true" in text else str(path)
        return ""

    def _write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(text, "utf-8")
        except OSError as error:
            raise AgentError(f"{self.path} cannot be written: {error.strerror}.") from error


if sys.platform != "win32":

    def entry_here() -> Entry:
        """For everybody where root asks."""
        return Entry(os.geteuid() == 0)


def _desktop_word(word: str) -> str:
    """Quoted if it must be; backslashes are doubled once more, as in every value of the file."""
    word = word.replace("%", "%%")
    if all(sign.isalnum() or sign in "/.-_+=:@%" for sign in word):
        return word
    for mark in '\\"`$':
        word = word.replace(mark, "\\" + mark)
    return '"' + word.replace("\\", "\\\\") + '"'
