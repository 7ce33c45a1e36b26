"""Settings of the agent: one TOML file, overridden by DEX_AGENT_* of the environment."""

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.errors import UsageError
from agent.language.words import said

if sys.platform == "win32":
    DEFAULT_PATH = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "dex-agent" / "agent.toml"
else:
    DEFAULT_PATH = Path("/etc/dex-agent/agent.toml")
SYSTEM_STATE = Path("/var/lib/dex-agent") if sys.platform == "linux" else DEFAULT_PATH.parent
"""Folder of the local store that goes with it: on Linux the service may write nowhere else."""
ENVIRONMENT = "DEX_AGENT_"
SYSTEM_SOCKET = Path(r"\\.\pipe\dex-agent" if sys.platform == "win32" else "/run/dex-agent/companion.sock")
"""Where the companions of a laptop meet its service, unless another configuration is in use."""
COMPANY, PRIVATE = OWNERSHIPS = ("company", "private")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting. Each but `path` is a key of the file and, in capitals, of the environment."""

    path: Path
    server: str = ""
    """Address of the collector."""
    state: Path = field(default=Path())
    """Folder of the local store and the token. Unless named, SYSTEM_STATE or the folder of another file."""
    ca_file: str = ""
    """Certificates to trust in place of the system's own."""
    proxy: str = ""
    """Proxy to use in place of the one the environment names."""
    proxy_auto: str = ""
    """Address of a proxy script (PAC), which is asked where no proxy is named."""
    plain_http: bool = False
    """Allow an address that begins with http:// on another machine; meant for test networks."""
    system_disk: str = "/"
    """Where the system disk is mounted."""
    agreement_key: str = ""
    """Fingerprint of the key that signs agreements, in place of the one the enrolment told."""
    companion_socket: str = ""
    """Where companions meet the service: a socket, on Windows a pipe."""
    ownership: str = ""
    """Whose the laptop is: "company" or "private"; not said by default. Private ones are not enrolled."""

    @property
    def store_path(self) -> Path:
        return self.state / "spool.sqlite3"

    @property
    def identity_path(self) -> Path:
        return self.state / "identity.json"

    @property
    def companion_address(self) -> Path:
        """The same for both sides, who may read different files: see `companion_address`."""
        if self.companion_socket:
            return Path(self.companion_socket)
        return SYSTEM_SOCKET if self.path == DEFAULT_PATH else self.state / "companion.sock"


def program(path: Path) -> str:
    """What to type before the name of a command."""
    return "dex-agent" if path == DEFAULT_PATH else f"dex-agent --config {path}"


def enrol_command(path: Path) -> str:
    """What to type where this laptop is not enrolled."""
    return f"dex-agent --config {path} enroll"


KEYS = {f.name: f.type for f in fields(Config) if f.name != "path"}


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Settings from `path`, which must exist, and the environment. UsageError names the line at fault."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        command = f"{enrol_command(path)} --server ADDRESS --key KEY"
        raise UsageError(f"There is no configuration at {path}. Enrol this laptop first: {command}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The configuration {path} cannot be read: {_reason(error)}.") from error
    return _checked(Config(path, **_values(path, text)), environ)


def default_config(path: Path, server: str, environ: Mapping[str, str] = os.environ) -> Config:
    """Settings for a laptop that has no file yet."""
    return _checked(Config(path, server=server), environ)


def companion_address(path: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where a companion finds its service, also where it may not read the configuration."""
    try:
        return load_config(path, environ).companion_address
    except UsageError:
        return default_config(path, "", environ).companion_address


def check_address(server: str, plain_http: bool = False) -> str:
    """The address without a trailing slash, or a UsageError that says what is wrong with it."""
    try:
        parts = urlsplit(server)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"The server address {server!r} cannot be read: {error}.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"The server address {server!r} must look like https://dex.example.org.")
    if parts.scheme == "http" and host not in LOOPBACK and not plain_http:
        raise UsageError(
            f"The server address {server!r} must begin with https://, because the agent's token would be "
            "readable on the way. For a test network set plain_http = true."
        )
    if parts.query or parts.fragment or parts.username:
        raise UsageError(f"The server address {server!r} must be an address alone, without ? # or @.")
    return server.rstrip("/")


def check_proxy(proxy: str) -> None:
    """UsageError says what is wrong with it, and repeats nothing: it may hold a password."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError("The setting `proxy` must look like http://name:password@proxy.example.org:8080.")


def check_script(script: str) -> None:
    if urlsplit(script).scheme not in ("http", "https", "file"):
        raise UsageError("The setting `proxy_auto` must look like http://proxy.example.org/proxy.pac.")


def _check_key(fingerprint: str) -> None:
    """As somebody copied it, perhaps in groups (agent/agreed/countersign.py)."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", re.sub(r"[\s:]", "", fingerprint)):
        raise UsageError("The setting `agreement_key` must be a fingerprint of 64 digits from 0 to f.")


def _values(path: Path, text: str) -> dict[str, Any]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The configuration {path} is no valid TOML: {error}.") from error
    for key, value in values.items():
        where = said(f"{path}, line {_line_of(key, text)}")
        if key not in KEYS:
            raise UsageError(f"{where}: {key!r} is no setting. Settings are: {', '.join(KEYS)}.")
        if KEYS[key] is bool and not isinstance(value, bool):
            raise UsageError(f"{where}: {key!r} must be true or false.")
        if KEYS[key] is not bool and not isinstance(value, str):
            raise UsageError(f"{where}: {key!r} must be a text.")
    if "state" in values:
        values["state"] = Path(values["state"])
    return values


def _line_of(key: str, text: str) -> int:
    named = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if named.match(line)), 1)


def _checked(config: Config, environ: Mapping[str, str]) -> Config:
    given: dict[str, Any] = {
        key: _from_text(key, environ[ENVIRONMENT + key.upper()])
        for key in KEYS
        if environ.get(ENVIRONMENT + key.upper())
    }
    config = replace(config, **given)
    if config.server:
        config = replace(config, server=check_address(config.server, config.plain_http))
    if config.proxy:
        check_proxy(config.proxy)
    if config.proxy_auto:
        check_script(config.proxy_auto)
    if config.agreement_key:
        _check_key(config.agreement_key)
    if config.ownership not in ("", *OWNERSHIPS):
        raise UsageError('The setting `ownership` must be "company" or "private".')
    folder = config.path.parent
    if config.state == Path() and config.path == DEFAULT_PATH:
        return replace(config, state=SYSTEM_STATE)
    return replace(config, state=(folder / config.state).absolute())


def _from_text(key: str, text: str) -> str | bool | Path:
    if KEYS[key] is not bool:
        return Path(text) if KEYS[key] is Path else text
    if text not in ("true", "false"):
        variable = ENVIRONMENT + key.upper()
        raise UsageError(f"{variable} must be true or false, not {text!r}.")
    return text == "true"


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else said("it is no UTF-8 text")
