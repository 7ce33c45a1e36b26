"""The directory, and who has which laptop, are read by a closed list of modules.

`tests/test_layers.py` holds the same of days and scores of people, `tests/test_every_query.py` holds both
against what is really asked of the database.
"""

import ast

import pytest
from readers_of_rows import DIRECTORY, MAY_READ_THE_DIRECTORY
from test_layers import MODULES


@pytest.mark.parametrize("name", [m for m in MODULES if m.split(".")[0] in ("server", "dashboards")])
def test_the_directory_has_few_readers(name: str) -> None:
    """A page, report or command asks one of these modules, and so for no more than it needs."""
    if name in MAY_READ_THE_DIRECTORY:
        return
    assert not read_by(name), "ask one of tests/readers_of_rows.py, or say there what it reads them for"


def test_every_module_of_the_list_reads() -> None:
    assert [name for name in MAY_READ_THE_DIRECTORY if name not in MODULES or not read_by(name)] == []


def read_by(name: str) -> set[str]:
    """The tables of the directory that a module imports."""
    return {
        alias.name
        for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in DIRECTORY.get(node.module or "", set())
    }
