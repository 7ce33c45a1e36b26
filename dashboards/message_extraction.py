"""Texts for translators that stand in tables and not in calls: the vocabulary of what laptops send, the rules
of faults, and the words of fleet health and of agreements.

Babel calls `vocabulary` while it extracts messages (babel.cfg); nothing uses it at run time.
"""

from collections.abc import Iterable, Iterator

from agent import advice, signals
from agent.agreed.fault_rules import FAULT_RULES
from server.agreement import promise_words
from server.agreement import words as agreement_words
from server.fleet import words

_TABLES = (signals.SUMMARY, signals.EVENT, signals.FACTS, signals.PULSE_ANSWER)

Message = tuple[int, str, str, list[str]]


def vocabulary(_file: object, _keywords: object, _tags: object, **options: object) -> Iterator[Message]:
    """Every sentence an employee reads about a field or a source, once."""
    for text in dict.fromkeys(_texts()):
        yield 0, "gettext", text, []


def _texts() -> Iterator[str]:
    for table in (*_TABLES, *signals.EVENT_DETAIL.values()):
        yield from _said_of(table)
    yield from advice.sentences()
    yield from (rule.says for rule in FAULT_RULES.values())
    yield from words.sentences()
    yield from agreement_words.sentences()
    yield from promise_words.sentences()


def _said_of(table: Iterable[signals.Field]) -> Iterator[str]:
    for field in table:
        yield field.says
        yield field.purpose
        yield from _said_of(field.rows)
