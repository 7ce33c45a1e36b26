"""The collector answers under its own names, and under those alone."""

from dataclasses import replace

import pytest
from flask import Flask

from server import create_app
from server.config import Settings
from server.web.hosts import UnknownHost

PUBLIC, MOVED = "dex.example.org", "old.example.org"


@pytest.fixture
def named(settings: Settings, sqlite_store, clock) -> Flask:
    named = replace(settings, public_url=f"https://{PUBLIC}/", hosts=(MOVED,))
    return create_app(named, sqlite_store, clock)


@pytest.fixture
def store(sqlite_store):
    """No name is in a database; one is enough."""
    return sqlite_store


def status(app: Flask, host: str | None, path: str = "/api/v1/openapi.json", **environ: str) -> int:
    answer = app.test_client().get(path, environ_overrides={"HTTP_HOST": host or "", **environ})
    if answer.status_code == 421:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["type"].endswith(UnknownHost.slug)
    return answer.status_code


@pytest.mark.parametrize(
    "host",
    [
        PUBLIC,
        MOVED,
        f"{PUBLIC}:443",
        "DEX.example.org.",
        "localhost:8765",
        "127.0.0.1",
        "10.1.2.3:80",
        "[::1]",
    ],
)
def test_its_own_names_and_addresses_are_answered(named: Flask, host: str) -> None:
    assert status(named, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{PUBLIC}.evil.example",
        f"evil-{PUBLIC}",
        f"{PUBLIC},evil.example",
        f"{PUBLIC}@evil.example",
        f"{PUBLIC}:443:80",
        "1.2.3.4.evil.example",
        "localhost/..",
        "[::1",
        "ü.example",
        " ",
        None,
    ],
)
def test_every_other_name_is_refused_so_that_a_laptop_keeps_its_batch(named: Flask, host: str | None) -> None:
    assert status(named, host) == 421


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_watchers_ask_under_any_name(named: Flask, path: str) -> None:
    assert status(named, "10.0.0.7.load-balancer.internal", path) == 200


def test_a_watcher_that_sends_no_name_speaks_http_1_0(named: Flask) -> None:
    assert status(named, None, SERVER_PROTOCOL="HTTP/1.0") == 200


@pytest.mark.parametrize("path", ["/", "/sign-in/x", "/metrics", "/static/style.css"])
def test_nothing_is_shown_under_a_name_that_was_bent(named: Flask, path: str) -> None:
    assert status(named, "evil.example", path) == 421


def test_names_come_from_the_environment(tmp_path) -> None:
    loaded = Settings.load(tmp_path, {"DEX_HOSTS": " old.example.org, ,new.example.org "})
    assert loaded.hosts == ("old.example.org", "new.example.org")
