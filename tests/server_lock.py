"""The part of requirements.lock that a collector or worker needs, without what only developers do.

    python -m tests.server_lock      # writes packaging/linux/requirements-server.lock anew

Versions and hashes are those of the whole lock, so what is installed is what the suite ran with.
"""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
WHOLE = ROOT / "requirements.lock"
PART = ROOT / "packaging/linux/requirements-server.lock"
EXTRAS = ("server", "agent")
"""What a collector needs; the agent's two libraries let the same folder serve an agent of this machine."""
BUILD = ("setuptools",)
HEAD = "# Made of requirements.lock by: python -m tests.server_lock\n"

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*?(?=^[A-Za-z0-9]|\Z)", re.DOTALL | re.MULTILINE)


def part_of(lock: str, wanted: set[str]) -> str:
    """The lock's entries of these packages and, by its notes of who asks for whom, of all they need."""
    # A package may have several entries, for different versions of Python.
    entries = [(found["name"], found[0]) for found in _ENTRY.finditer(lock)]
    kept = set(wanted)
    while more := {name for name, text in entries if name not in kept and _askers(text) & kept}:
        kept |= more
    return HEAD + "".join(text for name, text in entries if name in kept)


def _askers(entry: str) -> set[str]:
    return set(re.findall(r"^    # +(?:via )?([\w.-]+)", entry, re.MULTILINE))


def wanted() -> set[str]:
    """Names of what setup.cfg asks for, as the lock spells them."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    lines = "\n".join(setup["options.extras_require"][extra] for extra in EXTRAS).split("\n")
    names = {re.split(r"[\[<>=;! ]", line.strip())[0].lower() for line in lines if line.strip()}
    return names | set(BUILD)


def server_lock() -> str:
    return part_of(WHOLE.read_text("utf-8"), wanted())


if __name__ == "__main__":
    PART.write_text(server_lock(), "utf-8")
