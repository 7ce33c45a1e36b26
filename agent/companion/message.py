"""What a companion and the service say to each other: one JSON object on a line, within bounds.

A companion says who it is once, then one line per minute. The service answers the first line with what the
person may want to know. Somebody else may say a single line, which asks for something. Whatever else comes is
a BadLine. Tuples, because dataclasses cost a megabyte.
"""

import json
import math
import re
from typing import Any, NamedTuple

LINE_BYTES = 8192
APPS_PER_LINE = 40
STALLS_PER_LINE = 5
TEXT_LENGTH = 200
MINUTE = 60.0
AHEAD = 3.0
"""Seconds before the service's look at which a companion speaks, so that nothing waits for the next one."""


class BadLine(ValueError):
    """A line that is no message of ours."""


class Hello(NamedTuple):
    """The first line. `session` tells sessions of one account apart, `senses` how its desktop is seen."""

    session: str
    senses: str


class InFront(NamedTuple):
    """Seconds in which a program was in front and somebody was there."""

    program: str
    version: str
    seconds: float


class Hung(NamedTuple):
    """A window that did not answer: from when (seconds since 1970), and how long."""

    program: str
    version: str
    began_at: float
    seconds: float


class MinuteTold(NamedTuple):
    """One minute of one session.

    `number` counts minutes since the start of the laptop (`minute_of`); `active_s` is None where the desktop
    does not tell input, and the seconds of `apps` are then those of the unlocked session; `front_unknown` is
    a sentence where it does not tell what is in front.
    """

    number: int
    active_s: float | None
    front_unknown: str = ""
    apps: tuple[InFront, ...] = ()
    stalls: tuple[Hung, ...] = ()


class Greeting(NamedTuple):
    """The service's answer to the first line.

    `agreement` is the hash of the document in force; `applications` may be named, all others are "other".
    """

    server: str
    agreed: bool
    agreement: str
    applications: tuple[str, ...] = ()


class Request(NamedTuple):
    """The only line of somebody who wants something of the service: one of WANTED.

    `hours` is how long to pause, None as long as usual; `newest` how many delivered batches to show.
    """

    what: str
    hours: float | None = None
    newest: int = 0


SHOW, STATUS, AGREEMENT, PAUSE, GO_ON = WANTED = ("show", "status", "agreement", "pause", "go on")
BATCHES_MOST = 100_000
END = b"end\n"
"""The last line of the answer to a request; the others are JSON."""

Message = Hello | MinuteTold | Greeting | Request


def minute_of(elapsed: float) -> int:
    """The minute that is told at this moment, on the clock of agent.system.system_clocks."""
    return int((elapsed + AHEAD) // MINUTE)


def written(message: Message) -> bytes:
    """The line of a message. Where names are too many or too long for a line, the last ones are left out."""
    line = _line(message)
    while len(line) > LINE_BYTES and isinstance(message, MinuteTold) and message.apps:
        message = message._replace(apps=message.apps[: len(message.apps) // 2])
        line = _line(message)
    while len(line) > LINE_BYTES and isinstance(message, Greeting) and message.applications:
        message = message._replace(applications=message.applications[: len(message.applications) // 2])
        line = _line(message)
    return line


def _line(message: Message) -> bytes:
    named: dict[str, Any] = {"is": type(message).__name__, **message._asdict()}
    return json.dumps(named, separators=(",", ":")).encode() + b"\n"


def read(line: bytes) -> Message:
    """The message of a line; BadLine if it is none."""
    try:
        found = json.loads(line)
        kind = found.pop("is")
        if kind == "MinuteTold":
            return _minute(**found)
        if kind == "Hello":
            return _hello(**found)
        if kind == "Request":
            return _request(**found)
        if kind == "Greeting":
            return _greeting(**found)
    except BadLine:
        raise
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise BadLine(f"a line that cannot be read ({type(error).__name__})") from None
    raise BadLine("a line of an unknown kind")


def _hello(session: Any, senses: Any) -> Hello:
    if not isinstance(senses, str) or not re.fullmatch("[a-z0-9]{1,12}", senses):
        raise BadLine("a desktop that is called something else")
    return Hello(_text(session), senses)


def _minute(number: Any, active_s: Any, front_unknown: Any, apps: Any, stalls: Any) -> MinuteTold:
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadLine("a minute without its number")
    active = None if active_s is None else _number(active_s, MINUTE)
    if len(apps) > APPS_PER_LINE or len(stalls) > STALLS_PER_LINE:
        raise BadLine("a minute with more in it than a minute holds")
    in_front = tuple(InFront(_text(p), _text(v), _number(s, MINUTE)) for p, v, s in apps)
    if sum(app.seconds for app in in_front) > MINUTE + 0.1:
        raise BadLine("a minute with more than sixty seconds")
    hung = tuple(Hung(_text(p), _text(v), _number(at), _number(s, 86_400.0)) for p, v, at, s in stalls)
    return MinuteTold(number, active, _text(front_unknown), in_front, hung)


def _greeting(server: Any, agreed: Any, agreement: Any, applications: Any) -> Greeting:
    return Greeting(_text(server), agreed is True, _text(agreement), tuple(map(_text, applications)))


def _request(what: Any, hours: Any, newest: Any) -> Request:
    if what not in WANTED:
        raise BadLine("a wish that is unknown")
    asked = None if hours is None else float(hours)  # whether it is too long is for the policy to say
    return Request(what, asked, int(_number(newest, BATCHES_MOST)))


def _number(value: Any, most: float = 1e11) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadLine("a value that is no number")
    if not 0 <= value <= most:
        raise BadLine("a number out of its bounds")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadLine("a value that is no text")
    return "".join(sign if sign.isprintable() else " " for sign in value[:TEXT_LENGTH])
