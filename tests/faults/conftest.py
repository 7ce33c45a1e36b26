from collections.abc import Iterator

import pg_server
import pytest


@pytest.fixture
def postgresql() -> Iterator[pg_server.Server]:
    """A server of the test's own, which keeps what it acknowledged through a crash."""
    with pg_server.Server(durable=True) as made:
        yield made
