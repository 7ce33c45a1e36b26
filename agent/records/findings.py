"""What readers find in files: finished records, and parts that only several files make whole."""

from dataclasses import dataclass, field
from datetime import datetime

from agent.records.dedupe import once
from agent.records.journal import unclean_end
from agent.records.model import Record
from agent.records.windows_signins import Phase, signins


@dataclass(frozen=True, slots=True)
class BootEnd:
    """How a boot ends in one journal file. A file need not hold the end, so only `cut_off` is evidence."""

    boot: str
    last: datetime | None
    stopped: bool  # the system said that it went down
    cut_off: bool  # entries were lost, or another boot follows


@dataclass(slots=True)
class Findings:
    """Readers add to it as they go: what was read before a file turned out to be damaged stays."""

    records: list[Record] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    ends: list[BootEnd] = field(default_factory=list)

    def together(self) -> list[Record]:
        """The records of all files of the call, each thing once, in order of time (unknown times last)."""
        records = once([*self.records, *signins(self.phases), *_unclean_ends(self.ends)])
        return sorted(records, key=lambda r: (r.time is None, r.time.timestamp() if r.time else 0.0))


def _unclean_ends(ends: list[BootEnd]) -> list[Record]:
    boots: dict[str, list[BootEnd]] = {}
    for end in ends:
        boots.setdefault(end.boot, []).append(end)
    return [
        unclean_end(boot, max((p.last for p in parts if p.last), default=None))
        for boot, parts in boots.items()
        if any(p.cut_off for p in parts) and not any(p.stopped for p in parts)
    ]
