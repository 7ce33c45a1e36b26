"""Processor seconds, the database server's included, and greatest memory of one piece of work (Linux)."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from server.db import Store
from tests.bench.ingest_collector import database_cpu

Result = TypeVar("Result")

_SELF = Path("/proc/self")
_FORGET_PEAK = "5"
"""Written to clear_refs, the kernel counts the greatest resident set anew (proc(5))."""


@dataclass(frozen=True, slots=True)
class Cost(Generic[Result]):
    """What a piece of work gave and took. `more_mib`: its greatest resident set less that before it."""

    result: Result
    cpu_s: float
    peak_mib: float
    more_mib: float

    def line(self, what: str, aim: str = "") -> str:
        told = f"{what:<58} {self.cpu_s:8.2f} CPU s  {self.peak_mib:6.0f} MiB ({self.more_mib:+.0f})"
        return f"{told}  {aim}".rstrip()


def cost_of(work: Callable[[], Result], store: Store | None = None) -> Cost[Result]:
    """Do it once; `store` is the one it uses, if that is a server of its own."""
    gc.collect()
    _SELF.joinpath("clear_refs").write_text(_FORGET_PEAK)
    before = _mib("VmRSS")
    start = _processor(store)
    result = work()
    used = _processor(store) - start
    peak = _mib("VmHWM")
    return Cost(result, used, peak, peak - before)


def _processor(store: Store | None) -> float:
    return time.process_time() + (database_cpu(store) if store is not None else 0.0)


def _mib(name: str) -> float:
    for line in _SELF.joinpath("status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)
