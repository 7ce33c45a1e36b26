"""`dex-agent run`: the service; with --once a single look at everything, a delivery, and the end."""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from agent.agreed import policy
from agent.collectors import all_collectors
from agent.companion.companions import Companions
from agent.companion.message import Greeting
from agent.config import Config, load_config
from agent.errors import AgentError
from agent.language.words import _
from agent.notices import notice
from agent.service.runner import Runner
from agent.service.watchdog import STUCK
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore, get
from agent.system.only_one import Held, hold

if sys.platform == "win32":
    from agent.companion.windows_pipe import PipeDoor as Door
else:
    from agent.companion.unix_socket import SocketDoor as Door

ONCE_SECONDS = 60.0
"""How long a single look waits for its delivery."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help=_("look at everything once, send, and end"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    config = load_config(path)
    identity = load_identity(config.identity_path)
    store = LocalStore(config.store_path)
    place = hold(config.state / "run.lock")
    if isinstance(place, Held):
        raise AgentError(f"The agent runs already on this state folder (process {place.holder}).")
    if identity is None:
        notice(f"Not enrolled yet: what is seen waits. dex-agent --config {path} enroll --key KEY")
    try:
        if arguments.once:
            return _once(Runner(config, store, inherited=[place]), store)
        anew = _serve(config, store, place)
    finally:
        store.close()
        os.close(place)
    if anew and sys.platform != "win32":
        # The same process with fresh memory: whoever started it notices nothing.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (ourselves)
    return STUCK if anew else 0


def _serve(config: Config, store: LocalStore, place: int) -> bool:
    """The service, with an ear for companions where one can be had; whether it wants to start anew."""
    companions = None
    try:
        companions = Companions(Door(config.companion_address), partial(greeting, config, store))
    except AgentError as error:
        notice(str(error))
    collectors = partial(all_collectors, companions=companions)
    try:
        runner = Runner(config, store, collectors=collectors, inherited=[place], companions=companions)
        runner.run()
        return runner.starts_anew
    finally:
        if companions:
            companions.close()


def greeting(config: Config, store: LocalStore) -> Greeting:
    """What a companion needs, and what the person beside it may want to know."""
    in_force = policy.load_policy(store.db)
    return Greeting(
        server=get(store.db, "server") or config.server,
        agreed=in_force.signed is not None and not in_force.ended,
        agreement=str(in_force.agreement.get("hash", "")),
        applications=in_force.applications.names,
    )


def _once(runner: Runner, store: LocalStore) -> int:
    runner.tick()
    if not runner.config.identity_path.exists():
        return 1
    runner.make_all_due()
    runner.push()
    runner.sender.wait(ONCE_SECONDS)
    trouble = get(store.db, "send_trouble")
    if trouble:
        notice(f"{trouble} What waits is kept.")
    return 1 if trouble else 0
