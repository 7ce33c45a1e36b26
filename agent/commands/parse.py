"""`dex-agent parse FILE...`: what the agent would make of recorded sources, as JSON lines."""

import argparse
from pathlib import Path

from agent.language.words import _
from agent.parse import main_parse


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=_("event logs, crash reports, journals"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    return main_parse(arguments.files)
