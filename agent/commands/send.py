"""`dex-agent send`: one delivery, by hand or started by the service where it cannot fork."""

import argparse
import json
import sys
from pathlib import Path

from agent.config import load_config
from agent.language.words import _, ngettext, retold
from agent.notices import notice
from agent.sending.delivery import deliver, run_pulse


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pulse", action="store_true", help=_("do what is due for the pulse, nothing else"))
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    config = load_config(path)
    delivered = run_pulse(config) if arguments.pulse else deliver(config)
    if arguments.json:
        print(json.dumps({"sent": delivered.sent, "trouble": delivered.trouble or None}))
    elif sys.stdout.isatty():
        print(ngettext("{n} batch was answered.", "{n} batches were answered.", delivered.sent))
    if delivered.trouble:
        notice(retold(delivered.trouble))
    return 1 if delivered.trouble else 0
