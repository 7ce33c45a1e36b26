"""`dex-agent companion`: beside the service, one in each desktop session, with its person's rights alone."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from agent.config import companion_address
from agent.language.words import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--autostart",
        choices=("on", "off", "status"),
        help=_("start one with each desktop session: for everybody if root says so, else for this account"),
    )
    parser.add_argument("--tell", help=argparse.SUPPRESS)


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Until the session ends. What is rarely needed is in a module that only then is loaded."""
    if arguments.autostart or arguments.tell:
        rare = importlib.import_module("agent.commands.companion_errands")
        code: int = (
            rare.autostart(path, arguments.autostart)
            if arguments.autostart
            else rare.tell(path, arguments.tell)
        )
        return code
    return _stay(companion_address(path), path)


def _stay(address: Path, config: Path) -> int:
    """Become a program without what reading the command line needed: it stays for as long as the session.

    A frozen program has no other one to become, and Windows would start a second process.
    """
    may_become = os.name == "posix" and not getattr(sys, "frozen", False)
    if may_become:  # -P: whatever lies in the folder it is started from is not imported
        command = [sys.executable, "-P", "-m", "agent.companion", str(address), str(config)]
        os.execv(sys.executable, command)  # noqa: S606 (a program of ours)
    code: int = importlib.import_module("agent.companion.program").stay(address, config)
    return code
