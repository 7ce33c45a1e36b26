"""docs/operate.md names every setting, job and role there is."""

from pathlib import Path

import pytest

from server import config
from server.access.roles import Role
from server.jobs import JOBS

TEXT = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")
SETTINGS = (
    config.DATABASE_URL,
    config.PUBLIC_URL,
    config.METRICS_TOKEN,
    config.LOG_LEVEL,
    config.DEVICE_RATE,
    config.ADDRESS_RATE,
    config.PROXIES,
    config.DRAIN_SECONDS,
    config.RELEASED_AS,
    config.RELEASED_TOKEN,
)


@pytest.mark.parametrize("name", [*SETTINGS, *(job.name for job in JOBS), *(role.value for role in Role)])
def test_it_is_described(name):
    assert f"`{name}`" in TEXT
