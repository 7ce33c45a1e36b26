"""Ask the service for what it keeps, where this account may not read it itself."""

import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agent.companion.message import END, Request, written
from agent.companion.stream import Stream
from agent.config import companion_address, load_config
from agent.errors import AgentError, UsageError
from agent.version import VERSION

if sys.platform == "win32":
    from agent.companion.windows_pipe import call
else:
    from agent.companion.unix_socket import call

PATIENCE = 90.0 if sys.platform == "win32" else 30.0
"""Seconds for the whole answer. A look may be under way; a pipe is heard at the next one only."""
ANSWER_BYTES = 32 * 2**20
POLL = 0.05

Part = Mapping[str, Any]
T = TypeVar("T")


def ask_unless_readable(path: Path, request: Request, take: Callable[[Sequence[Part]], T]) -> T | None:
    """What `take` makes of the parts that the service answers. None where this account can read the files
    themselves, or where no service listens: then the files say what is wrong. AgentError if it says no.
    """
    if _can_read(path):
        return None
    try:
        stream = call(companion_address(path))
    except OSError:
        return None
    try:
        stream.send(written(request))
        answer = _received(stream)
    except (OSError, EOFError):
        raise AgentError("The agent's service did not answer; ask again in a minute.") from None
    finally:
        stream.close()
    try:
        return take(_checked(answer))
    except (ValueError, LookupError, TypeError):
        raise AgentError("Something else than the agent's service answered.") from None


def _can_read(path: Path) -> bool:
    try:
        os.close(os.open(load_config(path).store_path, os.O_RDWR))
    except (OSError, UsageError):
        return False
    return True


def _received(stream: Stream) -> bytes:
    """Everything before the last line. EOFError if that does not come."""
    answer, ends = bytearray(), time.monotonic() + PATIENCE
    while not answer.endswith(b"\n" + END):
        left = ends - time.monotonic()
        if left <= 0 or len(answer) > ANSWER_BYTES:
            raise EOFError
        number = stream.fileno()
        if number is not None:
            select.select([number], [], [], left)
        answer += (data := stream.receive())
        if number is None and not data:
            time.sleep(POLL)
    return bytes(answer.removesuffix(END))


def _checked(answer: bytes) -> Sequence[Part]:
    first, *parts = map(json.loads, answer.splitlines())
    release, own = first["release"], VERSION
    if release != own:
        raise AgentError(
            f"The service is of release {release} and this command of {own}; start the service again."
        )
    if "refused" in parts[0]:
        raise _refusal(str(parts[0]["refused"]), parts[0].get("code"))
    return parts


def _refusal(sentence: str, code: object) -> AgentError:
    return UsageError(sentence) if code == UsageError.exit_code else AgentError(sentence)
