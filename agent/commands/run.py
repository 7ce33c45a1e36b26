"""`dex-agent run`: the service; with --once a single look at everything, a delivery, and the end."""

import argparse
import os
from pathlib import Path

from agent.config import load_config
from agent.errors import AgentError
from agent.identity import load_identity
from agent.local_store import LocalStore, get
from agent.notices import notice
from agent.only_one import Held, hold
from agent.runner import Runner

ONCE_SECONDS = 60.0
"""How long a single look waits for its delivery."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="look at everything once, send, and end")


def main(path: Path, arguments: argparse.Namespace) -> int:
    config = load_config(path)
    identity = load_identity(config.identity_path)
    store = LocalStore(config.store_path)
    place = hold(config.state / "run.lock")
    if isinstance(place, Held):
        raise AgentError(f"The agent runs already on this state folder (process {place.holder}).")
    if identity is None:
        notice(f"Not enrolled yet: what is seen waits. dex-agent --config {path} enroll --key KEY")
    runner = Runner(config, store, inherited=[place])
    try:
        if arguments.once:
            return _once(runner, store)
        runner.run()
        return 0
    finally:
        store.close()
        os.close(place)


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
