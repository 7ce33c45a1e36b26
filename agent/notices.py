"""One sentence on standard error, where a service manager keeps it; the logging module costs 2 MiB."""

import sys

_said: dict[str, str] = {}


def notice(sentence: str) -> None:
    print(f"dex-agent: {sentence}", file=sys.stderr, flush=True)


def notice_once(about: str, sentence: str) -> None:
    """Say it only when it differs from what was last said about the same thing."""
    if _said.get(about) != sentence:
        _said[about] = sentence
        if sentence:
            notice(sentence)
