"""Show a quiet notice by what the desktop has for it: no sound, no window of ours, nothing to answer."""

import subprocess
import sys
from collections.abc import Callable, Sequence

from agent.companion.first_words import Words

PATIENCE = 15.0
LOW = "0"  # urgency of the Desktop Notifications Specification: shown without a sound
TIME_OUT = "0"  # stays in the list of notices until it is read
TITLE = "Employee DEX"

Run = Callable[[Sequence[str]], bool]

MAC_SCRIPT = "on run argv\n display notification (item 2 of argv) with title (item 1 of argv)\nend run"
WINDOWS_SCRIPT = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing; "
    "$icon = New-Object System.Windows.Forms.NotifyIcon; "
    "$icon.Icon = [System.Drawing.SystemIcons]::Information; $icon.Visible = $true; "
    "$icon.ShowBalloonTip(20000, $args[0], $args[1], 'None'); Start-Sleep 10; $icon.Dispose()"
)


def ran(command: Sequence[str]) -> bool:
    """Whether a program exists and said that it went well."""
    try:
        quiet = subprocess.DEVNULL
        return subprocess.run(command, timeout=PATIENCE, stdout=quiet, stderr=quiet).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def show(words: Words, run: Run = ran, system: str = sys.platform) -> bool:
    """Whether somebody could see it: on the desktop, else on the terminal this runs on."""
    if any(run(command) for command in commands(words, system)):
        return True
    if sys.stderr.isatty():
        print(f"{words.title}\n\n{words.body}", file=sys.stderr)
        return True
    return False


def commands(words: Words, system: str) -> list[list[str]]:
    """Programs that show it, the best first."""
    if system == "darwin":
        return [["osascript", "-e", MAC_SCRIPT, words.title, words.body.replace("\n", " ")]]
    if system == "win32":
        script = f"& {{ {WINDOWS_SCRIPT} }}"
        return [["powershell", "-NoProfile", "-Command", script, _quoted(words.title), _quoted(words.body)]]
    body = _plain_of_markup(words.body)
    return [
        [
            *("busctl", "--user", "call", "org.freedesktop.Notifications", "/org/freedesktop/Notifications"),
            *("org.freedesktop.Notifications", "Notify", "susssasa{sv}i", TITLE, "0", "", words.title, body),
            *("0", "1", "urgency", "y", LOW, TIME_OUT),
        ],
        [
            *("gdbus", "call", "--session", "--dest=org.freedesktop.Notifications"),
            *("--object-path=/org/freedesktop/Notifications",),
            "--method=org.freedesktop.Notifications.Notify",
            *(_variant(TITLE), "uint32 0", _variant(""), _variant(words.title), _variant(body)),
            *("@as []", f"@a{{sv}} {{'urgency': <byte {LOW}>}}", f"int32 {TIME_OUT}"),
        ],
    ]


def _plain_of_markup(text: str) -> str:
    """A body may hold markup (Desktop Notifications Specification), so these three are written out."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _variant(text: str) -> str:
    """A string in the notation of GVariant."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _quoted(text: str) -> str:
    """A string of PowerShell, in which only the quote itself is special."""
    return "'" + text.replace("'", "''") + "'"
