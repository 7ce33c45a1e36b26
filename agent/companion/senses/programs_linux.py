"""Programs of Linux: what runs in a process, what a menu entry starts, which package a program came with."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from agent.companion.senses.output import output_of

DPKG_RECORDS = "/var/lib/dpkg/info"
APPLICATIONS = ("/usr/local/share/applications", "/usr/share/applications")
STARTERS = frozenset({"flatpak", "snap", "sh", "bash", "python3"})


class Program(NamedTuple):
    name: str = ""
    exe: str = ""
    """Its file, if that is still the one it was started from."""


def program_of(pid: int, proc: str = "/proc") -> Program:
    """Of a process; no name for one that has ended or hides."""
    try:
        path = os.readlink(f"{proc}/{pid}/exe")
    except OSError:
        return Program(_short_name(f"{proc}/{pid}/comm"))
    return Program(os.path.basename(path.removesuffix(" (deleted)")), path if _same(proc, pid, path) else "")


def _same(proc: str, pid: int, path: str) -> bool:
    """False after an update, and in a container: then the file of that path is another one."""
    try:
        return os.path.samestat(os.stat(f"{proc}/{pid}/exe"), os.stat(path))
    except OSError:
        return False


def _short_name(path: str) -> str:
    """The kernel's name of a program that runs with more rights than its person, at most 15 characters."""
    try:
        with open(path, "rb") as file:
            return file.read(64).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def menu_program(app_id: str, folders: Sequence[str] = APPLICATIONS) -> Program:
    """The program behind a name of Wayland, by its entry in the menu; without an entry, the name's last part.

    A Wayland compositor does not tell which process a window belongs to. An entry that starts a sandbox or a
    script of the desktop does not name the program either.
    """
    if not app_id or "/" in app_id:
        return Program()
    for folder in folders:
        try:
            with open(f"{folder}/{app_id}.desktop", encoding="utf-8", errors="replace") as file:
                command = next((line[5:] for line in file if line.startswith("Exec=")), "")
        except OSError:
            continue
        words = [word.strip("\"'") for word in command.split() if "=" not in word and word != "env"]
        name = os.path.basename(words[0]) if words else ""
        if name and name not in STARTERS:
            return Program(name, _found(words[0]))
    return Program(app_id.rpartition(".")[2])


def _found(command: str) -> str:
    """Whole path of a command; empty where there is none."""
    paths = (os.path.join(folder, command) for folder in os.get_exec_path())
    return next((path for path in paths if os.access(path, os.X_OK)), "")


def package_version(exe: str, run: Callable[..., str | None] = output_of) -> str:
    """Of the package that an executable came with; empty where no package manager knows the file."""
    exe = os.path.realpath(exe)
    if not os.path.isdir(DPKG_RECORDS):
        return (run("rpm", "-qf", "--qf", "%{VERSION}-%{RELEASE}", exe) or "").strip()
    names = [exe, exe.removeprefix("/usr")] if exe.startswith("/usr/") else [exe]  # recorded before the merge
    for name in names:
        package, colon, _ = (run("dpkg-query", "-S", name) or "").partition(": ")
        if colon and "," not in package and not package.startswith("diversion "):
            return (run("dpkg-query", "-W", "-f", "${Version}", package) or "").strip()
    return ""
