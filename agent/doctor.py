"""Look at everything the agent needs and say, for each thing that is missing, what would bring it."""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent import policy
from agent.answers import Answer
from agent.clock import significant
from agent.collectors import all_collectors
from agent.config import Config
from agent.errors import AgentError
from agent.identity import Identity, load_identity
from agent.local_store import LocalStore
from agent.looks import Watch, states_of
from agent.observations import SourceState
from agent.signals import ADVICE
from agent.transport import Transport


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `command` is what to type where something is missing, if anything is."""

    about: str
    state: str
    sentence: str
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(config: Config) -> list[Finding]:
    """Every check, in the order in which to mend things."""
    try:
        identity = load_identity(config.identity_path)
    except AgentError as error:
        return [Finding("Enrolment", "denied", str(error))]
    found = [_enrolment(config, identity)]
    if identity is not None:
        found += [_token_file(config), *_collector(config, identity)]
    return found + _sources(config)


def missing(findings: Sequence[Finding]) -> int:
    """How many findings somebody could do something about."""
    return sum(1 for finding in findings if finding.state not in ("ok", "absent") or finding.command)


def _enrolment(config: Config, identity: Identity | None) -> Finding:
    if identity is None:
        command = f"dex-agent --config {config.path} enroll --key KEY"
        return Finding("Enrolment", "absent", "This laptop is not enrolled.", command)
    return Finding("Enrolment", "ok", f"Enrolled at {identity.server} as {identity.device_id}.")


def _token_file(config: Config) -> Finding:
    mode = stat.S_IMODE(config.identity_path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        sentence = f"{config.identity_path} can be read by others, and it holds the token."
        return Finding("Token", "gap", sentence, f"chmod 600 {config.identity_path}")
    return Finding("Token", "ok", "Only this account can read it.")


def _collector(config: Config, identity: Identity) -> list[Finding]:
    try:
        answer = Transport(config).get_policy(identity.token, "")
    except AgentError as error:
        return [Finding("Collector", "gap", f"{error} What is seen waits here.")]
    if answer.status == 200 and "agreement" in answer.document:
        return [Finding("Collector", "ok", f"{config.server} answers."), _clock(answer)]
    return [Finding("Collector", "gap", f"{config.server}: {answer.sentence}.")]


def _clock(answer: Answer) -> Finding:
    offset = significant(answer.clock_offset or 0.0)
    if offset:
        sentence = f"The clock is {-offset:+.0f} s off the collector's. The agent corrects its times."
        return Finding("Clock", "gap", sentence, "sudo timedatectl set-ntp true")
    return Finding("Clock", "ok", "It agrees with the collector's.")


def _sources(config: Config) -> list[Finding]:
    """A first look at every source, whose results are thrown away."""
    options = policy.collector_options(config, _policy(config))
    watches = [Watch(collector) for collector in all_collectors(options)]
    for watch in watches:
        watch.look(time.time(), time.monotonic(), None)
    return [_source(name, state) for name, state in states_of(watches).items()]


def _source(name: str, state: SourceState) -> Finding:
    advice = ADVICE[name]
    if state.state == "ok":
        return Finding(advice.name, "ok", "It can be read.")
    command = state.grant
    if not command and state.state == "denied":
        command = advice.command_if_denied
    return Finding(advice.name, state.state, state.sentence, command)


def _policy(config: Config) -> policy.Policy:
    if not config.store_path.exists():
        return policy.Policy({})
    store = LocalStore(config.store_path)
    try:
        return policy.load_policy(store.db)
    finally:
        store.close()
