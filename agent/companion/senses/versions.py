"""Versions of programs, each file asked about once: asking may cost a tenth of a second."""

import os
from collections.abc import Callable

MOST_FILES = 512


class Versions:
    def __init__(self, ask: Callable[[str], str]) -> None:
        """`ask` gets the path of an executable; "" where nobody knows its version."""
        self._ask = ask
        self._known: dict[tuple[str, int], str] = {}

    def of(self, path: str) -> str:
        """Asked anew when the file has changed."""
        try:
            key = (path, os.stat(path).st_mtime_ns)
        except OSError:
            return ""
        if key not in self._known:
            if len(self._known) >= MOST_FILES:
                self._known.clear()
            self._known[key] = self._ask(path)
        return self._known[key]
