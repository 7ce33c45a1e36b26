"""Ask one question on a terminal, in two steps: choose, send."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap
from typing import TextIO

from agent.pulse.bank import Question, digits, group_name, question, say
from agent.pulse.comment import scrubbed
from agent.pulse.label_list import Label
from agent.pulse.schedule import COMMENT_ITEM
from agent.signals import LIMITS

LATER, SKIP = "l", "s"
WIDTH = 78
Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a question is written and answers are read; `read` shows a prompt and returns one line."""

    out: TextIO
    read: Read
    language: str

    def say(self, text: str = "") -> None:
        for line in wrap(text, WIDTH) or [""]:
            print(line, file=self.out)

    def said(self, prompt: str) -> str | None:
        """A line; None where the input ends, which means later."""
        try:
            return self.read(prompt).strip()
        except EOFError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """`value` is None for a skipped question."""

    value: int | None


def ask(terminal: Terminal, item: str, row: Label, column: Label, k: int) -> Reply | None:
    """Show a question with who sees the answer, and read it; None means later."""
    asked = question(item, terminal.language)
    _show(terminal, asked)
    _say_who_sees(terminal, row, column, k)
    chosen: int | None = None
    while True:
        line = terminal.said(_prompt(terminal, asked, chosen))
        if line is None or line.lower() == LATER:
            return None
        if line.lower() == SKIP:
            return Reply(None)
        if not line and chosen is not None:
            return Reply(asked.values[chosen])
        chosen = _index(line, asked)


def ask_comment(terminal: Terminal) -> str:
    """A comment as it may leave, or an empty text."""
    terminal.say()
    terminal.say(question(COMMENT_ITEM, terminal.language).text)
    hint = say("comment", terminal.language, n=LIMITS.comment_length)
    return scrubbed(terminal.said(f"{hint}: ") or "")


def _show(terminal: Terminal, asked: Question) -> None:
    terminal.say(asked.text)
    terminal.say()
    first = 0 if asked.is_row else 1
    ends = (0, len(asked.values) - 1)
    for index in ends if asked.is_row else range(len(asked.values)):
        label = asked.labels[ends.index(index)] if asked.is_row else asked.labels[index]
        terminal.say(f"  {digits(index + first, terminal.language):>2}  {label}")
    terminal.say()


def _say_who_sees(terminal: Terminal, row: Label, column: Label, k: int) -> None:
    language = terminal.language
    terminal.say(say("anonymous", language, k=k))
    terminal.say(
        say(
            "counted",
            language,
            n=row.eligible,
            group=group_name(row.group, language),
            m=column.eligible,
            other=group_name(column.group, language),
        )
    )
    terminal.say(say("who_sees", language))
    terminal.say()


def _prompt(terminal: Terminal, asked: Question, chosen: int | None) -> str:
    language = terminal.language
    if chosen is not None:
        label = digits(chosen, language) if asked.is_row else asked.labels[chosen]
        return f"{label} · {say('confirm', language)}: "
    first = 0 if asked.is_row else 1
    choose = say("choose", language, low=first, high=first + len(asked.values) - 1)
    return f"{choose} ({SKIP} = {say('skip', language)}, {LATER} = {say('later', language)}): "


def _index(line: str, asked: Question) -> int | None:
    """Which option a line means; digits of every script count, anything else means none."""
    try:
        index = int(line) - (0 if asked.is_row else 1)
    except ValueError:
        return None
    return index if 0 <= index < len(asked.values) else None
