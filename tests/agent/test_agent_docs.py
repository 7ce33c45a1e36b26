"""What docs/agent.md promises to list is listed there."""

import configparser
from pathlib import Path

from agent.commands.table import COMMANDS
from agent.config import KEYS
from agent.showing.show import DROP_WORDS
from agent.version import VERSION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "agent.md").read_text("utf-8")


def test_every_command_setting_and_reason_of_a_loss_is_on_the_page() -> None:
    missing = [name for name in (*COMMANDS, *KEYS, *DROP_WORDS) if f"`{name}" not in PAGE]
    assert missing == []


def test_the_agent_says_the_version_of_the_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert setup["metadata"]["version"] == VERSION
