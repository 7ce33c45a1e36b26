"""`dex-agent`: read the command line, hand over to the command's module, end with one sentence at worst."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.commands.table import COMMANDS
from agent.config import DEFAULT_PATH, ENVIRONMENT
from agent.errors import AgentError
from agent.notices import notice
from agent.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _first_parser()
    if not given:
        parser.print_help(sys.stderr)
        return 2
    first = parser.parse_args(given)
    module = importlib.import_module(COMMANDS[first.command][0])
    parser = argparse.ArgumentParser(
        prog=f"dex-agent {first.command}", description=COMMANDS[first.command][1].capitalize() + "."
    )
    module.configure(parser)
    try:
        code: int = module.main(first.config, parser.parse_args(first.rest))
        sys.stdout.flush()
    except AgentError as error:
        notice(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _first_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS)) + 2
    commands = "\n".join(f"  {name:<{width}}{what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="dex-agent",
        usage="%(prog)s [--config FILE] COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"The part of Employee DEX that runs on a laptop.\n\ncommands:\n{commands}",
        epilog="`dex-agent COMMAND --help` tells more of one command.",
    )
    default = Path(os.environ.get(ENVIRONMENT + "CONFIG") or DEFAULT_PATH)
    parser.add_argument("--version", action="version", version=f"dex-agent {VERSION}")
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help=f"default: {default}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    rest = parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    rest.required = False  # argparse would name it where the command is missing
    return parser


if __name__ == "__main__":
    sys.exit(main())
