"""`dex-agent pulse`: ask a question on the terminal; `--status` tells what the pulse holds here."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from agent.agreed import policy
from agent.config import Config, enrol_command, load_config
from agent.errors import AgentError, UsageError
from agent.language.formats import day_words
from agent.language.languages import wanted_languages
from agent.language.words import _, ngettext, retold, said
from agent.local_time import day_of
from agent.pulse import memory
from agent.pulse.answers import Given, keep
from agent.pulse.bank import LANGUAGES, is_reviewed, language_of, say
from agent.pulse.doors import Doors
from agent.pulse.label_list import LabelList, ListRefused
from agent.pulse.memory import Known, Memory, memory_path
from agent.pulse.schedule import asks_on
from agent.pulse.terminal import Terminal, ask, ask_comment
from agent.pulse.tokens import fetch, label_list, note_period, told_by
from agent.showing.terminal_table import text_of
from agent.signals import PULSE_COMMENT, PULSE_CORE, PULSE_SECOND
from agent.store.identity import Identity, load_identity, located
from agent.store.local_store import LocalStore, get_number

SLOT_WORDS = {
    PULSE_CORE: said("satisfaction with technology"),
    PULSE_SECOND: said("the second question"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang",
        choices=LANGUAGES,
        metavar=_("LANGUAGE"),
        help=_("one of {languages}; else that of the terminal", languages=", ".join(LANGUAGES)),
    )
    parser.add_argument(
        "--now", action="store_true", help=_("ask now, without waiting for the week that was drawn")
    )
    parser.add_argument("--status", action="store_true", help=_("tell the period, its labels and what waits"))
    parser.add_argument("--json", action="store_true", help=_("with --status: as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    config = load_config(path)
    identity = load_identity(config.identity_path)
    if identity is None:
        command = enrol_command(path)
        raise UsageError(f"This laptop is not enrolled: {command}")
    config = located(config, identity)
    document, now = _policy(config)
    store = Memory(memory_path(config.state))
    try:
        told = told_by(document)
        if told is not None:
            note_period(store, told, now, date.fromisoformat(day_of(now)))
        known = memory.known_period(store.db, told.period) if told is not None else None
        language = arguments.lang or _asked_in()
        if arguments.status:
            return _status(store, known, language, arguments.json)
        terminal = Terminal(sys.stdout, input, language)
        if known is None:
            terminal.say(say("none_now", language))
            return 0
        return _ask(store, config, identity, known, terminal, now, arguments.now)
    finally:
        store.close()


def _asked_in() -> str:
    """The questions come in more languages than the rest of the agent."""
    return language_of(next(filter(None, wanted_languages(os.environ)), ""))


def _policy(config: Config) -> tuple[Mapping[str, Any], float]:
    """The policy in force, and the time as the collector has it."""
    kept = LocalStore(config.store_path)
    try:
        return policy.load_policy(kept.db).document, time.time() + get_number(kept.db, "clock_offset")
    finally:
        kept.close()


def _ask(
    store: Memory,
    config: Config,
    identity: Identity,
    known: Known,
    terminal: Terminal,
    now: float,
    at_once: bool,
) -> int:
    listed = _with_tokens(store, config, identity, known, now)
    today = date.fromisoformat(day_of(now))
    days = _days(store, known)
    due = [slot for slot, day in days.items() if day <= today]
    if at_once:  # limits protect from being asked, not from asking
        due = due or _answerable(store, known)
    if not due:
        terminal.say(say("none_now", terminal.language))
        if days:
            terminal.say(say("next_on", terminal.language, day=min(days.values()).isoformat()))
        return 0
    slot = due[0]
    row, column, comment = listed.own(known.row, known.column)
    item = known.running.item(slot)
    reply = ask(terminal, item, row, column, listed.k)
    if reply is None:
        return 0
    remark = ask_comment(terminal) if slot == PULSE_CORE and comment and reply.value is not None else ""
    given = Given(slot, item, reply.value, remark)
    sent = keep(store, known.running, listed.organisation, given, today, now)
    terminal.say()
    terminal.say(say("thanks", terminal.language))
    if sent:
        terminal.say(say("leaves", terminal.language, n=sent))
    return 0


def _with_tokens(store: Memory, config: Config, identity: Identity, known: Known, now: float) -> LabelList:
    """The checked list of labels; fetches the tokens if that was not done yet. AgentError says why not."""
    if known.fetch_at is not None:
        fetch(store, Doors(config, identity.token), known, now)
        known = memory.known_period(store.db, known.running.period) or known
    elif known.trouble:
        raise AgentError(known.trouble)
    try:
        listed = label_list(known)
        if listed is None:
            raise AgentError("The list of labels was not fetched yet.")
        listed.own(known.row, known.column)
    except ListRefused as error:
        raise AgentError(str(error)) from None
    return listed


def _days(store: Memory, known: Known) -> dict[str, date]:
    """The day from which each question that is still open may be asked."""
    asked_on = [day for _, _, day in memory.prompts(store.db)]
    return asks_on(known.running, _answerable(store, known), asked_on)


def _answerable(store: Memory, known: Known) -> list[str]:
    """The questions of the period that were not asked yet and have their tokens."""
    period = known.running.period
    asked = {slot for of_period, slot, _ in memory.prompts(store.db) if of_period == period}
    signed = [t.slot for t in memory.tokens_of(store.db, period) if t.signature]
    return [slot for slot in (PULSE_CORE, PULSE_SECOND) if slot not in asked and signed.count(slot) == 2]


def _status(store: Memory, known: Known | None, language: str, as_json: bool) -> int:
    waiting = len(memory.messages(store.db))
    found: dict[str, Any] = {"period": None, "messages_waiting": waiting}
    if known is not None:
        found |= _described(store, known)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    if known is None:
        print(
            _(
                "No period of the pulse runs for this laptop: too few people can be asked, or another laptop "
                "of the same person asks."
            )
        )
    else:
        print(text_of(_period_lines(found)))
    print(
        ngettext(
            "{n} message waits for its moment to leave.",
            "{n} messages wait for their moment to leave.",
            waiting,
        )
    )
    if not is_reviewed(language):
        print(
            _(
                "The wording in “{language}” is a draft that no native speaker has reviewed yet.",
                language=language,
            )
        )
    return 0


def _period_lines(found: dict[str, Any]) -> list[str]:
    period, last_day = found["period"], day_words(found["last_day"])
    first = _("Pulse {period}, until {last_day}.", period=period, last_day=last_day)
    lines = [f"{first} {retold(found['tokens'])}"]
    for label in found["labels"]:
        lines.append(
            "  "
            + _(
                "counted under {label}: {eligible} of {members} people can answer",
                label=label["label"],
                eligible=label["eligible"],
                members=label["members"],
            )
        )
    lines.append("  " + _("list of labels: SHA-256 {hash}", hash=found["labels_hash"]))
    lines += [
        "  " + _("question “{question}”: from {day}", question=_(SLOT_WORDS[slot]), day=day_words(day))
        for slot, day in found["asks"].items()
    ]
    return lines


def _described(store: Memory, known: Known) -> dict[str, Any]:
    listed = label_list(known)
    own = [listed.labels[name] for name in (known.row, known.column)] if listed else []
    tokens = memory.tokens_of(store.db, known.running.period)
    here = known.fetch_at is None and not known.trouble
    state = said("Tokens are here.") if here else said("Tokens are not here yet.")
    return {
        "period": known.running.period,
        "last_day": known.running.last_day.isoformat(),
        "labels_hash": known.labels_hash,
        "labels": [{"label": x.name, "eligible": x.eligible, "members": x.members} for x in own],
        "tokens": known.trouble or state,
        "comment": any(t.slot == PULSE_COMMENT for t in tokens),
        "asks": {slot: day.isoformat() for slot, day in _days(store, known).items()},
    }
