"""The operators' guide names every setting, job and role there is."""

from pathlib import Path

import pytest

from server import config
from server.access.roles import Role
from server.jobs.table import DELIVERY, JOBS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = "\n".join(page.read_text("utf-8") for page in (DOCS / "operate.md", *(DOCS / "operate").glob("*.md")))
SETTINGS = [value for value in vars(config).values() if isinstance(value, str) and value.startswith("DEX_")]
NAMES = [*SETTINGS, *(job.name for job in JOBS), DELIVERY, *(role.value for role in Role)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_described(name):
    assert f"`{name}`" in TEXT
