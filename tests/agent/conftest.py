"""A laptop of its own for every test: configuration, local store, and a small real collector over HTTP."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_time import FakeTime
from recording_collector import RecordingCollector

from agent.companion.companions import Companions
from agent.config import Config, load_config
from agent.store.identity import Identity
from agent.store.local_store import LocalStore, put


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime(1_772_600_000.0)


@pytest.fixture
def recording() -> Iterator[RecordingCollector]:
    collector = RecordingCollector()
    yield collector
    collector.close()


@pytest.fixture
def agent_file(tmp_path: Path, recording: RecordingCollector) -> Path:
    """Configuration of a laptop that is not enrolled."""
    path = tmp_path / "agent" / "agent.toml"
    path.parent.mkdir()
    path.write_text(f'server = "{recording.url}"\n')
    return path


@pytest.fixture
def agent_config(agent_file: Path) -> Config:
    return load_config(agent_file, {})


@pytest.fixture
def enrolled_config(agent_config: Config) -> Config:
    """A laptop that is enrolled at the recording collector."""
    Identity(agent_config.server, "d0", "dexd_0").save(agent_config.identity_path)
    store = LocalStore(agent_config.store_path)
    put(store.db, "install_id", "5f0c9d1e-0000-4000-8000-000000000001")
    store.close()
    return agent_config


@pytest.fixture
def local_store(enrolled_config: Config) -> Iterator[LocalStore]:
    store = LocalStore(enrolled_config.store_path)
    yield store
    store.close()


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    """Where the service listens for companions."""
    return tmp_path / "run" / "companion.sock"


@pytest.fixture
def companions(socket_path: Path) -> Iterator[Companions]:
    from said_by_companions import listening  # Windows has no such socket

    found = listening(socket_path)
    yield found
    found.close()


@pytest.fixture
def machine_on_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For files that tell local time."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
