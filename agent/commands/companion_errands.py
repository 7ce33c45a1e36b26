"""What `dex-agent companion` does besides: start with each session, and tell somebody once what runs here."""

import json
from pathlib import Path

from agent.companion.autostart import command_here
from agent.companion.autostart_here import entry_here
from agent.companion.first_run import NOT_NOW, TOLD, remember
from agent.companion.first_words import first_words
from agent.companion.message import Greeting
from agent.companion.own_folder import state_folder
from agent.companion.senses import open_senses
from agent.companion.senses.sense import Gone, Unavailable
from agent.companion.show_notice import show
from agent.config import DEFAULT_PATH, program
from agent.errors import AgentError, UsageError
from agent.language.words import _


def autostart(path: Path, wanted: str) -> int:
    """Exit code 0: as wanted, or, of `status`, on."""
    entry = entry_here()
    command = command_here(path, DEFAULT_PATH)
    if wanted == "on":
        entry.turn_on(command)
    elif wanted == "off":
        entry.turn_off(command)
    where = entry.where_on()
    if where:
        print(_("A companion starts with each desktop session ({place}).", place=where))
    else:
        print(_("No companion starts by itself."))
    return 0 if wanted == "off" or where else 1


def tell(path: Path, told: str) -> int:
    """Show the first notice unless somebody is busy."""
    try:
        found = json.loads(told)
        anyhow = found.pop("anyhow") is True
        greeting = Greeting(**found)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise UsageError("The companion hands over what is to be told; this is something else.") from None
    if _busy(anyhow):
        return NOT_NOW
    if not show(first_words(greeting.server, greeting.agreed, _way_to_look(path))):
        return NOT_NOW
    try:
        remember(state_folder(), greeting)
    except OSError as error:
        raise AgentError(f"{state_folder()} cannot be written: {error.strerror}.") from error
    return TOLD


def _busy(anyhow: bool) -> bool:
    """A desktop that cannot be sensed shows notices when it sees fit. `anyhow`: only what is known counts."""
    try:
        senses = open_senses(lambda program: False)
    except Unavailable:
        return False
    try:
        busy = senses.busy()
        return any(busy) if anyhow else busy.quiet()
    except Gone:
        return True
    finally:
        senses.close()


def _way_to_look(path: Path) -> str:
    """The command, which reads what the agent keeps or asks its service for it."""
    return f"{program(path)} show --page"
