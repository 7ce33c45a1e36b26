"""How far a long piece of work is: a bar on a terminal, a line every so often elsewhere."""

import sys
import time
from typing import TextIO

WIDTH = 32
LINE_EVERY_SECONDS = 10.0


class Progress:
    """Call `step` after each part; the bar is drawn on standard error."""

    def __init__(self, title: str, parts: int, out: TextIO | None = None) -> None:
        self._title, self._parts, self._out = title, parts, out or sys.stderr
        self._done = 0
        self._told = time.monotonic()

    def step(self, says: str) -> None:
        self._done += 1
        share = self._done / self._parts
        if self._out.isatty():
            bar = "█" * round(share * WIDTH)
            end = "\n" if self._done == self._parts else ""
            self._out.write(f"\r{self._title} {bar:░<{WIDTH}} {share:4.0%} {says:<24}{end}")
        elif self._done == self._parts or time.monotonic() - self._told >= LINE_EVERY_SECONDS:
            self._told = time.monotonic()
            self._out.write(f"{self._title}: {share:.0%}, {says}\n")
        self._out.flush()
