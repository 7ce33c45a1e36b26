"""Look at everything the agent needs and say, for each thing that is missing, what would bring it."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent.advice import ADVICE
from agent.agreed import policy
from agent.agreed.agreement_words import refusals, sentence
from agent.collectors import all_collectors
from agent.collectors.companion import COMPANIONS, NOBODY
from agent.collectors.options import collector_options
from agent.companion.autostart_here import is_missing
from agent.config import Config, enrol_command, program
from agent.errors import AgentError, OfTheService, UsageError
from agent.language.formats import signed
from agent.language.words import _, retold
from agent.sending.answers import Answer
from agent.sending.transport import Transport
from agent.service.looks import Watch, states_of
from agent.store import observations
from agent.store.identity import Identity, load_identity, located
from agent.store.local_store import LocalStore
from agent.store.observations import NOT_BUILT, SourceState
from agent.system.clock import significant
from agent.system.facts import SYSTEMS
from agent.system.only_one import holder_of
from agent.system.open_files import command_to_close

ONLY_COMPANIONS = ("apps", "hang")
"""Sources that companions feed, the second where the system does not record it."""
SYSTEM = SYSTEMS.get(sys.platform, "")
AS_ROOT = "" if SYSTEM == "windows" else "sudo "
SET_CLOCK = {
    "linux": "sudo timedatectl set-ntp true",
    "windows": "w32tm /resync",
    "macos": "sudo systemsetup -setusingnetworktime on",
}


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
    """Every check, in the order in which to mend things, in the reader's language.

    UsageError for an account that may not read the agent's files.
    """
    try:
        identity = load_identity(config.identity_path)
    except OfTheService:
        raise UsageError(
            "The doctor looks with the eyes of the agent's account and is for that account alone; "
            "dex-agent status says how the agent is doing."
        ) from None
    except AgentError as error:
        return [Finding(_("Enrolment"), "denied", retold(str(error)))]
    config = located(config, identity)
    found = [_enrolment(config, identity)]
    if identity is not None:
        found += [_token_file(config), *_collector(config, identity), *_agreement(config)]
    heard, seen = _heard(config)
    return [*found, _companions(config, heard), *_sources(config, seen)]


def missing(findings: Sequence[Finding]) -> int:
    """How many findings somebody could do something about."""
    return sum(1 for finding in findings if finding.state not in ("ok", "absent") or finding.command)


def _enrolment(config: Config, identity: Identity | None) -> Finding:
    if identity is None:
        command = f"{enrol_command(config.path)} --key KEY"
        return Finding(_("Enrolment"), "absent", _("This laptop is not enrolled."), command)
    sentence = _(
        "Enrolled at {server} as {device}.",
        server=config.server or identity.server,
        device=identity.device_id,
    )
    return Finding(_("Enrolment"), "ok", sentence)


def _token_file(config: Config) -> Finding:
    path = config.identity_path
    command = command_to_close(path)
    if command:
        sentence = _("{path} can be read by others, and it holds the token.", path=path)
        return Finding(_("Token"), "gap", sentence, command)
    return Finding(_("Token"), "ok", _("Only this account can read it."))


def _collector(config: Config, identity: Identity) -> list[Finding]:
    about = _("Collector")
    try:
        transport = Transport(config)
        answer = transport.get_policy(identity.token, "")
    except AgentError as error:
        return [Finding(about, "gap", f"{retold(str(error))} {_('What is seen waits here.')}")]
    if answer.status == 200 and "agreement" in answer.document:
        answers = _("{server} answers.", server=config.server)
        if transport.proxy:
            answers = _(
                "{server} answers through the proxy {proxy}.", server=config.server, proxy=transport.proxy
            )
        return [Finding(about, "ok", answers), _clock(answer)]
    sentence = _("{server}: {why}.", server=config.server, why=retold(answer.sentence).rstrip("."))
    return [Finding(about, "gap", sentence)]


def _agreement(config: Config) -> list[Finding]:
    """What the collector asks for beyond what was agreed, if anything."""
    if not config.store_path.exists():
        return []
    store = LocalStore(config.store_path)
    try:
        holds, refused = sentence(policy.load_policy(store.db)), refusals(store.db)
    finally:
        store.close()
    about = _("Agreement")
    if not refused:
        return [Finding(about, "ok", holds)]
    return [Finding(about, "gap", " ".join(refused), f"{program(config.path)} agreement")]


def _clock(answer: Answer) -> Finding:
    offset = significant(answer.clock_offset or 0.0)
    if offset:
        sentence = _(
            "The clock is {seconds} s off the collector's. The agent corrects its times.",
            seconds=signed(-offset),
        )
        return Finding(_("Clock"), "gap", sentence, SET_CLOCK.get(SYSTEM, ""))
    return Finding(_("Clock"), "ok", _("It agrees with the collector's."))


def _heard(config: Config) -> tuple[list[str], dict[str, SourceState]]:
    """Companions speak to the service alone: those that do, and what it found they tell of."""
    nobody = dict.fromkeys(ONLY_COMPANIONS, SourceState("absent", NOBODY))
    if not config.store_path.exists():
        return [], nobody
    store = LocalStore(config.store_path)
    try:
        speaking = observations.cursors(store.db).get(COMPANIONS, "").split()
        states = observations.source_states(store.db)
    finally:
        store.close()
    return speaking, nobody | {name: states[name][0] for name in ONLY_COMPANIONS if name in states}


def _companions(config: Config, speaking: Sequence[str]) -> Finding:
    """What starts them is named where a service listens and a desktop is there."""
    about = _("Companions")
    if speaking:
        return Finding(about, "ok", _("Heard from: {desktops}.", desktops=", ".join(speaking)))
    listens = holder_of(config.state / "run.lock") is not None
    command = f"{AS_ROOT}{program(config.path)} companion --autostart on"
    return Finding(about, "absent", retold(NOBODY), command if listens and is_missing() else "")


def _sources(config: Config, heard: Mapping[str, SourceState]) -> list[Finding]:
    """A first look at every source, whose results are thrown away; of companions, what the service heard."""
    options = collector_options(config, _policy(config))
    watches = [Watch(collector) for collector in all_collectors(options)]
    for watch in watches:
        watch.look(time.time(), time.monotonic(), None)
    states = states_of(watches)
    unread = {name: state for name, state in heard.items() if states[name] is NOT_BUILT}
    return [_source(name, state) for name, state in (states | unread).items()]


def _source(name: str, state: SourceState) -> Finding:
    advice = ADVICE[name]
    if state.state == "ok":
        return Finding(_(advice.name), "ok", _("It can be read."))
    remedy = advice.on(SYSTEM)
    sentence = _(remedy.absent) if state == NOT_BUILT else retold(state.sentence)
    command = state.grant
    if not command and state.state == "denied":
        command = remedy.command_if_denied
    return Finding(_(advice.name), state.state, sentence, command)


def _policy(config: Config) -> policy.Policy:
    if not config.store_path.exists():
        return policy.Policy({})
    store = LocalStore(config.store_path)
    try:
        return policy.load_policy(store.db)
    finally:
        store.close()
