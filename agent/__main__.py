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
from agent.language import words
from agent.language.words import _, retold
from agent.notices import notice
from agent.version import VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    _choose_language(given)
    parser = _first_parser()
    if not given:
        parser.print_help(sys.stderr)
        return 2
    first = parser.parse_args(given)
    name, what = COMMANDS[first.command]
    module = importlib.import_module(name)
    parser = argparse.ArgumentParser(
        prog=f"dex-agent {first.command}", description=f"{_first_upper(_(what))}."
    )
    module.configure(parser)
    try:
        code: int = module.main(first.config, parser.parse_args(first.rest))
        sys.stdout.flush()
    except AgentError as error:
        notice(retold(str(error)))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _choose_language(given: Sequence[str]) -> None:
    """The service speaks English to its log and keeps no catalogue; so does what programs read."""
    asked_for_help = "-h" in given or "--help" in given
    resident = "run" in given or given[-1:] == ["companion"]
    if (resident and not asked_for_help) or "--json" in given:
        words.speak(words.English())
    else:
        importlib.import_module("agent.language.spoken").begin()


def _first_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS)) + 2
    commands = "\n".join(f"  {name:<{width}}{_(what)}" for name, (_module, what) in COMMANDS.items())
    title, about = _("commands:"), _("The part of Employee DEX that runs on a laptop.")
    parser = argparse.ArgumentParser(
        prog="dex-agent",
        usage=f"%(prog)s [--config {_('FILE')}] {_('COMMAND')} ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"{about}\n\n{title}\n{commands}",
        epilog=_("{command} tells more of one command.", command=f"`dex-agent {_('COMMAND')} --help`"),
    )
    default = Path(os.environ.get(ENVIRONMENT + "CONFIG") or DEFAULT_PATH)
    shown_default = _("default: {path}", path=default)
    parser.add_argument(
        "--version", action="version", version=f"dex-agent {VERSION}", help=_("print the version and end")
    )
    parser.add_argument("--config", type=Path, default=default, metavar=_("FILE"), help=shown_default)
    parser.add_argument("command", choices=COMMANDS, metavar=_("COMMAND"), help=argparse.SUPPRESS)
    rest = parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    rest.required = False  # argparse would name it where the command is missing
    return parser


if __name__ == "__main__":
    sys.exit(main())
