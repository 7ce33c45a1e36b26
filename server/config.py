"""Settings of the server: from the data directory and the environment, nothing else."""

import math
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import UsageError

DATA = "DEX_DATA"
DATABASE_URL = "DEX_DATABASE_URL"
METRICS_TOKEN = "DEX_METRICS_TOKEN"  # noqa: S105 (a name, no secret)
PUBLIC_URL = "DEX_PUBLIC_URL"
HOSTS = "DEX_HOSTS"
DEVICE_RATE = "DEX_DEVICE_RATE"
ADDRESS_RATE = "DEX_ADDRESS_RATE"
BACKLOG_PACE = "DEX_BACKLOG_PACE"
PROXIES = "DEX_PROXIES"
SMTP_URL = "DEX_SMTP_URL"
MAIL_FROM = "DEX_MAIL_FROM"
WEBHOOK_NETWORKS = "DEX_WEBHOOK_NETWORKS"
DRAIN_SECONDS = "DEX_DRAIN_SECONDS"
RELEASED_AS = "DEX_RELEASED_AS"
RELEASED_TOKEN = "DEX_RELEASED_TOKEN"  # noqa: S105 (a name, no secret)
OIDC = "DEX_OIDC_"
"""How the names of all settings of sign-in providers begin (server/access/providers.py)."""
LOG_LEVEL = "DEX_LOG_LEVEL"
"""The least level of a log line that is written, `info` by default."""
RELEASED_ROLES = ("it", "hr")
"""Roles whose results may leave: those of technology alone, or all."""
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8765"
DEVICE_RATE_DEFAULT = 2.0
ADDRESS_RATE_DEFAULT = 10.0
BACKLOG_PACE_DEFAULT = 20.0
BACKLOG_PACE_BOUNDS = (1.0, 600.0)
ADDRESS_FILE = "address"
"""In the data directory: where the collector listened last, so that links made beside it are right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds the embedded store and secrets; `database_url` selects another store."""

    data: Path
    database_url: str
    public_url: str = DEFAULT_PUBLIC_URL
    hosts: tuple[str, ...] = ()
    """Further names under which the collector answers."""
    metrics_token: str = ""
    device_rate: float = DEVICE_RATE_DEFAULT
    """Requests a second that one laptop may go on sending."""
    address_rate: float = ADDRESS_RATE_DEFAULT
    """Refused requests a second that one address may go on sending."""
    backlog_pace: float = BACKLOG_PACE_DEFAULT
    """Batches of days before yesterday that one laptop sends in a minute."""
    proxies: int = 0
    """Proxies in front whose X-Forwarded-For and X-Request-ID are believed."""
    released_as: str = ""
    """The role whose released figures leave by `/metrics/released`; none: they do not."""
    released_token: str = field(default="", repr=False)
    drain_seconds: float = 0.0
    """A collector that is asked to end stays so long, not ready, for proxies to notice."""
    smtp_url: str = field(default="", repr=False)
    """Where mail is handed in; none is sent without it."""
    mail_from: str = ""
    webhook_networks: str = ""
    """Networks that are not public and that webhooks may reach all the same."""
    oidc: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the environment says of sign-in providers."""
    secret_key: str = field(default="", repr=False)

    @classmethod
    def load(cls, data: Path, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Settings for this data directory, which is made, private to its owner, if it is not there."""
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = _secret(data / "secret_key")
        except OSError as error:
            raise UsageError(f"The data directory {data} cannot be used: {error.strerror}.") from error
        return cls(
            data=data,
            database_url=environ.get(DATABASE_URL) or f"sqlite:///{(data / 'dex.sqlite3').absolute()}",
            public_url=environ.get(PUBLIC_URL) or _last_address(data),
            hosts=tuple(name.strip() for name in environ.get(HOSTS, "").split(",") if name.strip()),
            metrics_token=environ.get(METRICS_TOKEN, ""),
            device_rate=_number(environ, DEVICE_RATE, DEVICE_RATE_DEFAULT),
            address_rate=_number(environ, ADDRESS_RATE, ADDRESS_RATE_DEFAULT),
            backlog_pace=_backlog_pace(environ),
            proxies=int(_number(environ, PROXIES, 0)),
            drain_seconds=_number(environ, DRAIN_SECONDS, 0),
            released_as=released_as(environ),
            released_token=environ.get(RELEASED_TOKEN, ""),
            smtp_url=environ.get(SMTP_URL, ""),
            mail_from=environ.get(MAIL_FROM, ""),
            webhook_networks=environ.get(WEBHOOK_NETWORKS, ""),
            oidc={name: value for name, value in environ.items() if name.startswith(OIDC)},
            secret_key=key,
        )


def note_address(data: Path, address: str) -> None:
    """Remember where the collector of this data directory listens. On a full disk it stays as it was."""
    new = data / f"{ADDRESS_FILE}.{os.getpid()}"
    try:
        new.write_text(f"{address}\n", "ascii")
        new.replace(data / ADDRESS_FILE)
    finally:
        new.unlink(missing_ok=True)


def _last_address(data: Path) -> str:
    try:
        return (data / ADDRESS_FILE).read_text("ascii").strip() or DEFAULT_PUBLIC_URL
    except FileNotFoundError:
        return DEFAULT_PUBLIC_URL


def released_as(environ: Mapping[str, str]) -> str:
    """The role whose released figures leave this installation; none unless somebody names it."""
    role = environ.get(RELEASED_AS, "")
    if role not in ("", *RELEASED_ROLES):
        raise UsageError(f"{RELEASED_AS} must be {' or '.join(RELEASED_ROLES)}; it is “{role}”.")
    return role


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    """The number in this variable, 0 or more. UsageError for anything else."""
    text = environ.get(name)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise UsageError(f"{name} must be a number, 0 or more; it is “{text}”.")
    return number


def _backlog_pace(environ: Mapping[str, str]) -> float:
    pace = _number(environ, BACKLOG_PACE, BACKLOG_PACE_DEFAULT)
    low, high = BACKLOG_PACE_BOUNDS
    if not low <= pace <= high:
        raise UsageError(f"{BACKLOG_PACE} must be between {low:g} and {high:g}; it is {pace:g}.")
    return pace


def _secret(path: Path) -> str:
    """The secret in this file, made at the first start and readable by its owner alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text("ascii").strip()
