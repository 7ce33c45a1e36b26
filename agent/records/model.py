"""One record: a thing that happened on a computer, in the same words whatever system wrote it down.

Only the closed set of fields below can be said. There is no place for a command line, a folder, the name
of a document or of a user, so none can slip through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

LONGEST_TEXT = 200  # characters kept of any string that comes from outside

DetailValue = str | float | bool

# What `detail` may say, per signal. Names that end in _s are seconds.
DETAIL_FIELDS: Mapping[str, frozenset[str]] = {
    "crash": frozenset({"exception", "signal"}),
    "hang": frozenset(),
    "oscrash": frozenset({"cause", "code", "last_alive"}),
    "boot": frozenset(
        {"main_s", "post_boot_s", "logon_wait_s", "after_update"}
        | {"firmware_s", "loader_s", "kernel_s", "initrd_s", "userspace_s"}
    ),
    "shutdown": frozenset({"kernel_s"}),
    "signin": frozenset({"authentication_s", "profile_s", "policy_s"}),
    "update": frozenset({"result", "title", "code"}),
    "oom": frozenset({"killer"}),
    "resume": frozenset({"asleep_s"}),
}
SIGNALS = frozenset(DETAIL_FIELDS)
CAUSES = frozenset({"stop_error", "panic", "held_button", "power_loss", "unknown"})


@dataclass(frozen=True, slots=True)
class Record:
    """What a source says happened; `time` is when, in UTC, or None where the source does not tell.

    `key`, `group` and `echo_s` never leave the process. Records of one key are the same thing told twice
    (one crash has up to four Windows events). A record with `echo_s` above 0 is only a hint: it counts
    unless a fact (a record without it) of its signal and group lies within that many seconds; see
    `dedupe.once`.
    """

    signal: str
    time: datetime | None = None
    app: str | None = None
    version: str | None = None
    value: float | None = None
    unit: str | None = None
    detail: Mapping[str, DetailValue] = field(default_factory=dict)
    key: str = ""
    group: str = ""
    echo_s: float = 0.0

    def __post_init__(self) -> None:
        unknown = set(self.detail) - DETAIL_FIELDS[self.signal]
        if unknown:
            raise ValueError(f"a {self.signal} record cannot say {sorted(unknown)}")
        texts = {k: clean_text(v) if isinstance(v, str) else v for k, v in self.detail.items()}
        object.__setattr__(self, "detail", {k: v for k, v in texts.items() if v != ""})
        object.__setattr__(self, "app", clean_text(base_name(self.app)) or None)
        object.__setattr__(self, "version", clean_text(self.version) or None)

    def to_json(self) -> dict[str, object]:
        """The seven public fields; `time` as UTC ISO 8601 with Z."""
        return {
            "signal": self.signal,
            "time": None if self.time is None else iso(self.time),
            "app": self.app,
            "version": self.version,
            "value": self.value,
            "unit": self.unit,
            "detail": dict(self.detail),
        }


def package_update(manager: str, when: datetime | None, packages: int, *, failed: bool) -> Record:
    """A run in which a package manager upgraded so many packages."""
    detail = {"result": "failed" if failed else "installed"}
    return Record("update", when, value=packages, unit="packages", detail=detail, key=f"{manager}:{when}")


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def seconds(milliseconds: float) -> float:
    """A duration in seconds, free of the dust of binary fractions."""
    return round(milliseconds / 1000, 6)


def base_name(path: str | None) -> str:
    """The last part of a path of any system: folders name people."""
    return (path or "").replace("\\", "/").rstrip("/").rpartition("/")[2]


def clean_text(text: str | None) -> str:
    """Without control, format and bidi characters and at most LONGEST_TEXT long: names may be chosen to
    deceive whoever reads them on a terminal or a page.
    """
    start = (text or "")[: 4 * LONGEST_TEXT]
    kept = "".join(" " if c.isspace() else c for c in start if c.isspace() or c.isprintable())
    return kept.strip()[:LONGEST_TEXT]
