"""`dex-agent enroll`: one call, and the files that later commands need."""

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent.config import COMPANY, ENVIRONMENT, Config, check_address, default_config, load_config
from agent.errors import AgentError, UsageError
from agent.language.words import _
from agent.notices import notice
from agent.sending.enrol import enrol, write_config
from agent.sending.transport import Transport
from agent.store.local_store import LocalStore


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--server", metavar="URL", help=_("address of the collector; else the configuration's")
    )
    parser.add_argument(
        "--key", metavar="KEY", help=_("enrolment key; else that in {variable}", variable=ENVIRONMENT + "KEY")
    )
    parser.add_argument("--person", default="", metavar="ID", help=_("employee id of whose laptop it is"))
    parser.add_argument(
        "--company-owned", action="store_true", help=_("it is the company's; else the configuration says so")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    key = arguments.key or os.environ.get(ENVIRONMENT + "KEY", "")
    if not key:
        raise UsageError("An enrolment key is needed: --key KEY. `dex-server enroll-key create` makes one.")
    config = _config(path, arguments.server or "")
    if arguments.company_owned:
        config = replace(config, ownership=COMPANY)
    with _written(path, config):
        store = LocalStore(config.store_path)
        try:
            identity = enrol(config, store, Transport(config), key.strip(), arguments.person)
        finally:
            store.close()
    if arguments.json:
        print(json.dumps({"device_id": identity.device_id, "organisation": identity.organisation}))
    else:
        print(identity.device_id)
        notice(_("This laptop is enrolled at {server}.", server=identity.server))
    return 0


@contextmanager
def _written(path: Path, config: Config) -> Iterator[None]:
    """A configuration is there, so that no key is used up for nothing; without an enrolment, a new one is
    taken back: its address may be the mistake."""
    is_new = not path.exists()
    try:
        if is_new:
            write_config(path, config.server, config.ownership)
    except OSError as error:
        raise UsageError(f"The configuration {path} cannot be written: {error.strerror}.") from error
    try:
        yield
    except AgentError:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def _config(path: Path, server: str) -> Config:
    """The configuration, or one made of the address given, where there is no file yet."""
    if not path.exists():
        config = default_config(path, server)
        if not config.server:
            raise UsageError("The address of the collector is needed: --server https://dex.example.org")
        return config
    config = load_config(path)
    wanted = check_address(server, config.plain_http) if server else config.server
    if not wanted:
        raise UsageError(f"The address of the collector is needed: --server, or a line `server` in {path}.")
    if config.server and wanted != config.server:
        raise UsageError(
            f"{path} names the collector {config.server}, not {wanted}; change its line `server` first."
        )
    return replace(config, server=wanted)
