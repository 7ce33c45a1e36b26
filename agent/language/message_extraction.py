"""Finds the agent's texts for translators: what `make messages` reads. Nothing uses it at run time.

Besides `_("...")` and `ngettext`, it takes the sentences of errors of ours, of `SourceState` and of `said`,
which may be f-strings: each value in them becomes a place named after it, `{error.strerror}` the place
`{strerror}`.
"""

import ast
import builtins
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO

from agent import advice, signals

Message = tuple[int, str, str | tuple[str, str], list[str]]

ARGPARSE = (
    "usage: ",
    "positional arguments",
    "options",
    "show this help message and exit",
    "unrecognized arguments: %s",
    "the following arguments are required: %s",
    "argument %(argument_name)s: %(message)s",
    "%(prog)s: error: %(message)s\n",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "expected one argument",
    "expected at least one argument",
    "ignored explicit argument %r",
    "ambiguous option: %(option)s could match %(matches)s",
)
"""What Python's own reading of command lines says, as far as our commands can hear it."""
WORDS = re.compile(r"[A-Za-z]{3}")
SPOKEN = frozenset({"SourceAbsent", "SourceDenied", "Refused", "Unreachable"})
"""Errors that are also made without being raised on the spot."""
UNREAD = frozenset({"BadLine", "Failed", "Gone"})
"""Errors that are caught before anybody reads them."""
PLACE = re.compile(r"\{\w+\}")
NAME = re.compile(r"[A-Za-z_]\w*")


def messages(file: IO[bytes], _keywords: object, _tags: object, **options: object) -> Iterator[Message]:
    """Texts of one Python file."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            yield from _texts_of(node)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _is_ours(node.exc):
            yield from (_found(node, text) for text in _sentences(node.exc.args[:1]))


def vocabulary(file: IO[bytes], _keywords: object, _tags: object, **options: object) -> Iterator[Message]:
    """What stands in the tables of agent/signals.py and agent/advice.py, and is shown by the agent."""
    tables = (signals.SUMMARY, signals.FACTS, signals.AGENT_STATS, *signals.EVENT_DETAIL.values())
    texts = [text for table in tables for text in _said_of(table)]
    for text in dict.fromkeys((*texts, *advice.sentences(), *ARGPARSE)):
        yield 0, "gettext", text, []


def _said_of(table: Iterable[signals.Field]) -> Iterator[str]:
    for field in table:
        yield field.says
        yield from _said_of(field.rows)


def _texts_of(call: ast.Call) -> Iterator[Message]:
    match call:
        case ast.Call(func=ast.Name("_"), args=[ast.Constant(str(text))]):
            yield _found(call, text)
        case ast.Call(func=ast.Name("ngettext"), args=[ast.Constant(str(one)), ast.Constant(str(many)), _]):
            yield call.lineno, "ngettext", (one, many), []
        case ast.Call(func=ast.Name("said"), args=[ast.Constant(str(text))]):
            yield _found(call, text)
        case ast.Call(func=ast.Name("said"), args=[text]):
            yield from (_found(call, found) for found in _sentences([text]))
        case ast.Call(func=ast.Name(name), args=[text, *_]) if name in SPOKEN:
            yield from (_found(call, found) for found in _sentences([text]))
        case ast.Call(func=ast.Name("SourceState"), args=[_, text, *_]):
            yield from (_found(call, found) for found in _sentences([text]))
        case ast.Call(func=ast.Name("_" | "ngettext"), args=[ast.JoinedStr(), *_]):
            raise SyntaxError(f"line {call.lineno}: a text for people is a plain literal, not an f-string")


def _is_ours(raised: ast.Call) -> bool:
    """Errors of Python itself are for programmers."""
    name = raised.func.id if isinstance(raised.func, ast.Name) else ""
    return bool(name) and name not in UNREAD and not hasattr(builtins, name)


def _sentences(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """Texts written in the code, f-strings as patterns; what is worked out elsewhere is marked there."""
    for argument in arguments:
        match argument:
            case ast.Constant(str(text)) if WORDS.search(text):
                yield text
            case ast.JoinedStr(parts):
                text = _pattern(parts)
                if WORDS.search(PLACE.sub("", text)):
                    yield text
            case ast.IfExp(_, one, other):
                yield from _sentences((one, other))


def _pattern(parts: Iterable[ast.expr]) -> str:
    """Each value gets the last name in it; a name that comes again gets a number."""
    text, seen = "", Counter[str]()
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            name = str(NAME.findall(ast.unparse(part.value))[-1]).strip("_")
            seen[name] += 1
            text += f"{{{name}{seen[name] if seen[name] > 1 else ''}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def _found(node: ast.AST, text: str) -> Message:
    return getattr(node, "lineno", 0), "gettext", text, []
