"""JSON objects in a text: one per line, or from a line with a bracket alone to the next such line."""

import json
from collections.abc import Iterable, Iterator

MOST_LINES = 5_000  # of one object


def json_objects(lines: Iterable[str]) -> Iterator[dict[str, object] | None]:
    """The objects; None for one that is damaged, cut short or too long. What stands between them is passed
    over, and so are the marks of RFC 7464 and of server-sent events before them.
    """
    for text in _texts(lines):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        yield value if isinstance(value, dict) else None


def _texts(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        text = line.removeprefix("\x1e").removeprefix("data: ")
        if block or text.rstrip() == "{":
            block.append(text)
            if text.rstrip() != "}" and len(block) < MOST_LINES:
                continue
            text, block = "".join(block), []
        if text.startswith("{"):
            yield text
    if block:
        yield "".join(block)
