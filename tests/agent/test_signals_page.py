"""docs/signals.md says of each signal and system what the code does."""

import re
import sys

import pytest

from agent.signals import COVERED

if sys.platform != "linux":
    pytest.skip("the readers of Linux can be listed on Linux alone", allow_module_level=True)

from signals_matrix import PAGE, ROOT, SYSTEMS, with_matrix

TEXT = PAGE.read_text("utf-8")


def test_the_matrix_is_that_of_the_code():
    assert with_matrix(TEXT) == TEXT, "run: python -m tests.signals_matrix"


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_source_has_a_row_for_each_system(system):
    chapter = TEXT.partition(f"\n## {system}\n")[2].partition("\n## ")[0]
    first_cells = " ".join(line.split("|")[1] for line in chapter.splitlines() if line.startswith("|"))
    assert set(COVERED) <= set(re.findall(r"`(\w+)`", first_cells))


def test_the_page_says_what_has_not_run_on_its_system():
    assert "none has run on a real Windows or Mac yet" in TEXT
    assert (ROOT / ".github" / "workflows" / "agent.yml").is_file()


def test_the_tests_that_the_workflow_names_exist():
    workflow = (ROOT / ".github" / "workflows" / "agent.yml").read_text("utf-8")
    named = re.findall(r"tests/agent/\w+\.py", workflow)
    assert named
    assert all((ROOT / name).is_file() for name in named)
