"""The documents name every field, setting, job and command there is, and no command or page there is not."""

import argparse
import importlib
import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
import vocabulary_page

from agent.commands.table import COMMANDS
from agent.config import ENVIRONMENT, KEYS
from agent.signals import COVERED
from dashboards.cli import main
from server.config import Settings
from server.jobs.table import jobs_of

ROOT = Path(__file__).parent.parent
PAGES = {
    path: path.read_text("utf-8") for path in [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
}
TEXT = "\n".join(PAGES.values())
CODE = "\n".join(
    path.read_text("utf-8")
    for part in ("agent", "server", "dashboards")
    for path in (ROOT / part).rglob("*.py")
)
BY_RULE = {ENVIRONMENT, *(ENVIRONMENT + key.upper() for key in KEYS)}  # docs/agent.md: a prefix and the key
SETTINGS = sorted(set(re.findall(r'"(DEX_[A-Z_]+)"', CODE)) - BY_RULE)
LINES = sorted(
    {
        line
        for page in PAGES.values()
        for block in re.findall(r"^```\w*\n(.*?)^```", page, re.S | re.M)
        for line in block.splitlines()
    }
    | set(re.findall(r"`((?:dex-server|dex-agent) [^`]+)`", TEXT))
)
CONTEXT = click.Context(main)


def commands(group: click.Group, *names: str) -> Iterator[str]:
    for name in group.list_commands(CONTEXT):
        command = group.get_command(CONTEXT, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield " ".join([*names, name])


def typed(program: str) -> list[str]:
    """Everything after the name of this program, in each place where the documents show it."""
    found = [re.match(rf"(?:\S*/)?{program} (.+)", line) for line in LINES]
    return sorted({match[1] for match in found if match})


def test_the_vocabulary_page_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "vocabulary.md").read_text("utf-8")
    assert written == vocabulary_page.page(), "python -m tests.vocabulary_page > docs/vocabulary.md"


def test_every_source_is_described() -> None:
    page = (ROOT / "docs" / "signals.md").read_text("utf-8")
    assert [name for name in COVERED if f"`{name}`" not in page] == []


def test_every_measurement_in_the_documents_exists() -> None:
    named = set(re.findall(r"tests\.bench\.(\w+)", TEXT))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / "tests" / "bench" / f"{name}.py").exists()] == []


def test_every_file_that_the_documents_name_exists() -> None:
    """By its whole path, or by its name or the end of its path where the sentence says whose."""
    parts = ("agent", "server", "dashboards", "packaging", "tests")
    files = [path.relative_to(ROOT).as_posix() for part in parts for path in (ROOT / part).rglob("*.*")]
    named = set(re.findall(r"`([\w./-]+\.(?:py|c|sh))`", TEXT))
    assert len(named) > 100
    assert [
        name for name in sorted(named) if not any(f"/{file}".endswith(f"/{name}") for file in files)
    ] == []


def anchors(page: str) -> set[str]:
    """What a link may name behind `#`: each heading as it is made an address."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_to_another_page_or_heading_leads_there() -> None:
    lost, found = [], 0
    for path, page in PAGES.items():
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page):
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            leads = target.exists() and (not anchor or anchor in anchors(PAGES.get(target, "")))
            lost += [] if leads else [f"{path.name}: {link}"]
            found += 1
    assert found > 150
    assert lost == []


def test_every_job_is_described_with_how_often_it_runs() -> None:
    often = {timedelta(minutes=1): "each minute", timedelta(minutes=10): "every ten minutes"}
    often |= {timedelta(hours=1): "hourly", timedelta(days=1): "daily"}
    rows = re.findall(r"^\| (`.+?`) \| ([a-z ]+) \|", PAGES[ROOT / "docs/operate/jobs.md"], re.MULTILINE)
    described = {(name, how) for names, how in rows for name in re.findall(r"\w+", names)}
    assert described == {(job.name, often[job.every]) for job in jobs_of(Settings(ROOT, ""))}


def test_every_setting_is_described() -> None:
    assert len(SETTINGS) > 4
    assert [name for name in SETTINGS if f"`{name}" not in TEXT] == []


def test_every_command_of_the_server_is_described() -> None:
    assert [name for name in commands(main) if f"dex-server {name}" not in TEXT] == []


@pytest.mark.parametrize("line", typed("dex-server"))
def test_a_command_of_the_server_in_the_documents_exists(line: str) -> None:
    words = [word for word in shlex.split(line, comments=True) if not word.startswith("|")]
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(CONTEXT, words[0])
        assert found or words[0].isupper(), f"dex-server {line}"
        command = found or click.Command(words[0], params=[])
        del words[0]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known | {"--data", "--help"}


@pytest.mark.parametrize("line", typed("dex-agent"))
def test_a_command_of_the_agent_in_the_documents_exists(line: str) -> None:
    words = shlex.split(line.replace("[", "").replace("]", ""), comments=True)
    if words[0] == "--config":
        words = words[2:]
    if words[0].startswith("-") or words[0] == "COMMAND":
        return
    assert words[0] in COMMANDS, f"dex-agent {line}"
    parser = argparse.ArgumentParser()
    importlib.import_module(COMMANDS[words[0]][0]).configure(parser)
    known = {option for action in parser._actions for option in action.option_strings}
    assert {word for word in words if word.startswith("--")} <= known | {"--config"}
