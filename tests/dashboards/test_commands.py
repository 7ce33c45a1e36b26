"""Every command of `dex-server`: named in a table, loaded alone, and explained."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from dashboards.cli import main

CONTEXT = click.Context(main)
COLLECTOR = """
from pathlib import Path
from dashboards.wsgi import Settings, create_app
create_app(Settings(Path(), "sqlite://"))
"""
HEAVY = ("alembic", "cryptography", "flask", "granian", "numpy", "scipy", "sqlalchemy")


@pytest.mark.parametrize("name", main.list_commands(CONTEXT))
def test_it_is_there_and_the_table_says_the_same_of_it_as_its_own_help(name):
    command = main.get_command(CONTEXT, name)
    assert command.name == name
    said = main.table[name][1]
    assert command.get_short_help_str(limit=500) == said
    help_page = CliRunner().invoke(main, [name, "--help"])
    assert help_page.exit_code == 0
    assert f"dex-server {name}" in help_page.output.replace("Usage: main", "Usage: dex-server")


def test_an_unknown_command_is_one_sentence():
    done = CliRunner().invoke(main, ["sing"])
    assert done.exit_code == 2
    assert "No such command 'sing'" in done.stderr


@pytest.mark.parametrize(
    ("code", "without"),
    [
        ("from dashboards.cli import main; main(['--help'], standalone_mode=False)", HEAVY),
        ("from dashboards.cli import main; main(['up', '--help'], standalone_mode=False)", HEAVY),
        # scipy.special alone, for the chances that pages tell; what solves and fits is the worker's.
        (COLLECTOR, ("alembic", "scipy.linalg", "scipy.optimize")),
        # Not scipy: its jobs for experiments, alarms and equipment need it every hour.
        ("import dashboards.worker", ("alembic", "flask", "granian")),
    ],
    ids=["the list", "up", "collector", "worker"],
)
def test_it_loads_no_library_it_does_not_use(code, without):
    """What runs all day keeps in memory what it imports."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "server" in loaded
    assert [name for name in without if name in loaded] == []
