"""Values for My laptop from days of business services: how often each was tried and failed, and why. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

from dashboards.words import lazy_gettext

CAUSE_NAMES = {
    "name": lazy_gettext("its name is not known"),
    "route": lazy_gettext("no way leads there"),
    "certificate": lazy_gettext("its certificate is not trusted"),
    "refused": lazy_gettext("it refused"),
    "slow": lazy_gettext("it did not answer in time"),
}
"""What each of `agent.signals.SERVICE_CAUSES` means."""


@dataclass(frozen=True, slots=True)
class OwnService:
    """`causes` has the most frequent one first; `first_byte_ms` is the median of the days."""

    name: str
    tries: int
    failed: int
    causes: Sequence[tuple[str, int]]
    first_byte_ms: float | None


def own_services(rows: Sequence[Mapping[str, Any]]) -> list[OwnService]:
    """From rows in order of services."""
    return [_service(name, list(days)) for name, days in groupby(rows, key=lambda row: str(row["service"]))]


def _service(name: str, days: Sequence[Mapping[str, Any]]) -> OwnService:
    causes: Counter[str] = Counter()
    for day in days:
        causes.update(day["failures"] or {})
    known = [day["first_byte_ms"] for day in days if day["first_byte_ms"] is not None]
    return OwnService(
        name=name,
        tries=sum(day["checks"] or 0 for day in days),
        failed=causes.total(),
        causes=causes.most_common(),
        first_byte_ms=median(known) if known else None,
    )
