"""The vocabulary: everything that can leave a laptop, and nothing else.

One table per part of a batch. Both sides, the documents, the privacy page and the data inventory
read these tables; a field that is not in them cannot be sent. Standard library only, because the
server imports this module too and the agent keeps it in memory for years.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "count", "text", "choice", "numbers", "table", "map"]
"""Shape of a value: a double, a whole number, a short text, one of `choices`, a list of doubles (with
null for unknown), a list of rows, or names with a number or a choice each."""

LEGAL_BASIS = "operation-of-work-equipment"
RAW_DAYS = 30
ROW_DAYS = 90

COVERAGE_STATES = ("ok", "denied", "absent", "gap")
"""How far a source could be read: whole, not permitted, not there, or with holes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value that may be sent.

    `says` is the sentence an employee reads; `low` and `high` bound a valid value (inclusive).
    """

    name: str
    unit: str
    kind: Kind
    says: str
    purpose: str
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    rows: tuple["Field", ...] = ()
    basis: str = LEGAL_BASIS
    keep_days: int = ROW_DAYS


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of the contract in one place."""

    body_bytes: int = 256 * 1024
    """Compressed body of a request."""
    plain_bytes: int = 2 * 1024 * 1024
    """The same body after decompression."""
    events_per_batch: int = 500
    rows_per_table: int = 200
    numbers_per_list: int = 200
    text_length: int = 200
    days_back: int = 30
    hours_ahead: int = 48
    events_per_app_and_day: int = 10
    """Crashes, and hangs, counted per application and day (docs/scoring.md 3)."""
    spool_bytes: int = 64 * 1024 * 1024
    spool_days: int = 30
    minute_days: int = 14
    """Minutes stay on the laptop, this long."""
    pulse_bytes: int = 16 * 1024
    """Body of a call of the pulse."""
    comment_length: int = 280


LIMITS = Limits()

_TIME = "Shows how much working time technology takes"
_STABLE = "Shows how reliable applications and the system are"
_SPEED = "Shows whether the laptop keeps up with the work"
_NET = "Shows whether the network keeps up with the work"
_DEVICE = "Shows which laptops need repair, room or updates"
_WHOSE = "Shows whose laptop it is, so that its days count for the right team and a shared one for nobody"
_HONEST = "Shows what the agent could not see, so that nothing unknown is taken for good"
_SELF = "Shows what the agent itself costs"

DAY_SECONDS = 25 * 3600  # a local day has 25 hours when daylight saving time ends
DAY_MINUTES = 25 * 60
SESSIONS = 64
"""Desktop sessions of one machine at most, whose seconds in front add up."""

APP_NAME = Field("name", "", "text", "Name of a listed application, or “other” for all the rest", _STABLE)
APP_VERSION = Field("version", "", "text", "Version of that application", _STABLE)

APPS = (
    APP_NAME,
    APP_VERSION,
    Field("hours", "h", "number", "Hours this application was in front", _STABLE, high=25 * SESSIONS),
    Field("crashes", "1", "count", "How often it crashed", _STABLE, high=10_000),
    Field("hangs", "1", "count", "How often its window stopped answering", _STABLE, high=10_000),
)

SERVICE_CAUSES = ("name", "route", "certificate", "refused", "slow")

SERVICES = (
    Field("name", "", "text", "Name your company gave to a business service", _NET),
    Field("checks", "1", "count", "How often the service was tried", _NET, high=10_000),
    Field("failures", "1", "map", "How often it failed, by cause", _NET, high=10_000, choices=SERVICE_CAUSES),
    Field("first_byte_ms", "ms", "number", "Median time to its first answer", _NET, high=600_000),
)

COVERED = (
    "boot",
    "signin",
    "crash",
    "hang",
    "oscrash",
    "active",
    "cpu",
    "memory",
    "disk",
    "network",
    "wifi",
    "battery",
    "space",
    "patch",
    "apps",
    "services",
)
"""The sources whose coverage is reported, named after what they feed."""

AGENT_STATS = (
    Field("version", "", "text", "Version of the agent", _SELF),
    Field("cpu_s", "s", "number", "Processor time the agent used", _SELF, high=90_000),
    Field("rss_peak_mib", "MiB", "number", "Most memory the agent used", _SELF, high=1_000_000),
    Field("bytes_sent", "By", "count", "Bytes the agent sent", _SELF, high=1e12),
    Field("dropped", "1", "map", "What the agent had to drop, by reason", _SELF, high=1e9),
    Field("clock_offset_s", "s", "number", "How wrong the laptop's clock was", _SELF, low=-1e10, high=1e10),
)

SUMMARY = (
    Field("revision", "1", "count", "Number of this edition of the day's summary", _TIME, low=1, high=1e9),
    Field("usage_s", "s", "number", "How long the laptop was in active use", _TIME, high=DAY_SECONDS),
    Field("on_s", "s", "number", "How long it was awake", _STABLE, high=DAY_SECONDS),
    Field(
        "app_s",
        "s",
        "number",
        "How long any application was in front",
        _STABLE,
        high=DAY_SECONDS * SESSIONS,
    ),
    Field(
        "app_source",
        "",
        "choice",
        "Whether that time was seen, or taken from active use",
        _HONEST,
        choices=("foreground", "usage"),
    ),
    Field(
        "active_source",
        "",
        "choice",
        "Whether active use was seen from input, from the session, or from a terminal",
        _HONEST,
        choices=("input", "session", "terminal"),
    ),
    Field("boots", "1", "count", "How often the laptop started", _TIME, high=1000),
    Field("boot_s", "s", "number", "Median time to start, without waiting for you or for updates", _TIME),
    Field("boot_locked_s", "s", "number", "Median wait for a passphrase or PIN while starting", _TIME),
    Field("boot_update_s", "s", "number", "Median time updates took while starting", _TIME),
    Field("boot_list_s", "s", "numbers", "Time of each start", _TIME, high=86_400),
    Field("signins", "1", "count", "How often somebody signed in", _TIME, high=1000),
    Field("signin_s", "s", "number", "Median time from password to a usable desktop", _TIME),
    Field("signin_list_s", "s", "numbers", "Time of each sign-in", _TIME, high=86_400),
    Field("app_crashes", "1", "count", "How often applications crashed", _STABLE, high=100_000),
    Field(
        "app_hangs", "1", "count", "How often application windows stopped answering", _STABLE, high=100_000
    ),
    Field("hang_list_s", "s", "numbers", "Length of each hang, where known", _TIME, high=86_400),
    Field("os_crashes", "1", "count", "How often the system stopped without a shutdown", _STABLE, high=1000),
    Field("active_min", "min", "number", "Minutes in which you used the laptop", _SPEED, high=DAY_MINUTES),
    Field(
        "cpu_min",
        "min",
        "number",
        "Of these, minutes in which work waited for the processor",
        _SPEED,
        high=DAY_MINUTES,
    ),
    Field("cpu_source", "", "choice", "How that was seen", _HONEST, choices=("psi", "queue", "load", "busy")),
    Field(
        "mem_min", "min", "number", "Of these, minutes in which memory was short", _SPEED, high=DAY_MINUTES
    ),
    Field("mem_source", "", "choice", "How that was seen", _HONEST, choices=("psi", "paging", "level")),
    Field(
        "disk_min",
        "min",
        "number",
        "Of these, minutes in which the disk was the bottleneck",
        _SPEED,
        high=DAY_MINUTES,
    ),
    Field("disk_source", "", "choice", "How that was seen", _HONEST, choices=("busy", "transfer")),
    Field(
        "pressure_min", "min", "number", "Minutes with at least one of these three", _TIME, high=DAY_MINUTES
    ),
    Field(
        "offline_min",
        "min",
        "number",
        "Active minutes in which the network did not answer",
        _TIME,
        high=DAY_MINUTES,
    ),
    Field("probes", "1", "count", "How often the network was tried", _NET, high=1e6),
    Field("probes_failed", "1", "count", "How often it did not answer", _NET, high=1e6),
    Field("rtt_ms", "ms", "number", "Median round trip to the nearest reference", _NET, high=600_000),
    Field(
        "wifi_signal_pct",
        "%",
        "number",
        "Median strength of the Wi-Fi signal while you worked",
        _NET,
        high=100,
    ),
    Field(
        "battery_health_pct",
        "%",
        "number",
        "How much of its first capacity the battery still has",
        _DEVICE,
        high=200,
    ),
    Field("disk_free_pct", "%", "number", "Least free room on the system disk that day", _DEVICE, high=100),
    Field(
        "patch_age_d", "d", "number", "Days the oldest missing security update has waited", _DEVICE, high=3650
    ),
    Field(
        "services", "", "table", "Answers of the business services your company listed", _NET, rows=SERVICES
    ),
    Field("apps", "", "table", "Listed applications and “other”", _STABLE, rows=APPS),
    Field("coverage", "", "map", "Which sources could be read", _HONEST, choices=COVERED),
    Field(
        "gap_min",
        "min",
        "map",
        "Active minutes a source was not readable",
        _HONEST,
        high=DAY_MINUTES,
        choices=COVERED,
    ),
    Field("agent", "", "table", "What the agent itself used", _SELF, rows=AGENT_STATS),
)
"""The day summary. `agent` is a table of exactly one row; every other name is a column of the store."""

EVENT_KINDS = (
    "crash",
    "hang",
    "oscrash",
    "oom",
    "update",
    "service_down",
    "service_up",
    "low_disk",
    "agent",
)

HOURLESS_EVENTS = frozenset({"update", "agent"})
"""Kinds without an hour: theirs would tell about the person, not about a fault."""

EVENT = (
    Field("event_id", "", "text", "Random number of the event", _STABLE),
    Field("kind", "", "choice", "What happened", _STABLE, choices=EVENT_KINDS),
    Field("hour", "h", "count", "Hour of the day, without the minute", _STABLE, high=23),
    Field("app", "", "text", "Listed application, or “other”", _STABLE),
    Field("version", "", "text", "Version of that application", _STABLE),
    Field("value", "", "number", "Length of a hang in seconds, or free room in percent", _STABLE, high=1e9),
    Field("detail", "", "table", "Closed details of this kind of event", _STABLE),
)

OSCRASH_CAUSES = ("stop_error", "panic", "held_button", "power_loss", "unknown")

EVENT_DETAIL: Mapping[str, tuple[Field, ...]] = {
    "crash": (Field("signal", "", "text", "Signal or exception that ended the application", _STABLE),),
    "hang": (),
    "oscrash": (Field("cause", "", "choice", "How the system ended", _STABLE, choices=OSCRASH_CAUSES),),
    "oom": (),
    "update": (
        Field("result", "", "choice", "How the update ended", _DEVICE, choices=("installed", "failed")),
    ),
    "service_down": (
        Field("service", "", "text", "Name your company gave to the service", _NET),
        Field("cause", "", "choice", "Why it failed", _NET, choices=SERVICE_CAUSES),
    ),
    "service_up": (Field("service", "", "text", "Name your company gave to the service", _NET),),
    "low_disk": (),
    "agent": (
        Field(
            "what",
            "",
            "choice",
            "What the agent did",
            _SELF,
            choices=("started", "spool_full", "throttled", "new_install_id"),
        ),
    ),
}

FACTS = (
    Field("hostname", "", "text", "Name of the laptop in the network", _DEVICE),
    Field("serial", "", "text", "Serial number or asset tag", _DEVICE),
    Field("model", "", "text", "Model", _DEVICE),
    Field("maker", "", "text", "Maker", _DEVICE),
    Field("os", "", "choice", "Operating system", _DEVICE, choices=("linux", "windows", "macos")),
    Field("os_version", "", "text", "Version of the operating system", _DEVICE),
    Field("memory_gib", "GiB", "number", "Memory", _DEVICE, high=1e6),
    Field("disk_gib", "GiB", "number", "Size of the system disk", _DEVICE, high=1e9),
    Field("cpu", "", "text", "Processor", _DEVICE),
    Field("cores", "1", "count", "Processor cores", _DEVICE, high=10_000),
    Field("bios_date", "", "text", "Date of the firmware, as a hint of the age", _DEVICE),
    Field("connections", "", "text", "Kinds of network connection", _NET),
    Field("desktop", "", "text", "Desktop environment", _DEVICE),
    Field(
        "signin_hmac",
        "",
        "text",
        "Scrambled names of who signed in within two weeks, if your company's policy asks for them",
        _WHOSE,
    ),
)
"""Facts about the laptop, sent at enrolment and when one changes."""

BATCH = ("batch_id", "install_id", "seq", "day", "summary", "events", "facts")
"""The parts of a batch: one local day. `summary`, `events` and `facts` may be missing."""

PULSE_CORE = "core"
PULSE_SECOND = "second"
PULSE_COMMENT = "comment"
PULSE_SLOTS = (PULSE_CORE, PULSE_SECOND, PULSE_COMMENT)
"""What a token of the pulse is good for: the answer about satisfaction, the second one, a comment."""

_FIVE = (1, 2, 3, 4, 5)

PULSE_ITEMS: Mapping[str, tuple[int, ...]] = {
    "tech_sat": _FIVE,
    "ux_ease": _FIVE,
    "ux_useful": _FIVE,
    "lost_time": _FIVE,
    "enps": tuple(range(11)),
    "noticed": (1, 2, 3),
    "f_reach": _FIVE,
    "f_service": _FIVE,
    "f_procure": _FIVE,
    "f_personal": _FIVE,
    "f_simple": _FIVE,
    "f_channel": _FIVE,
    "open_one": (),
}
"""Values an answer to each question may have; `open_one` takes a text (docs/pulse.md)."""

_FACETS = ("f_reach", "f_service", "f_procure", "f_personal", "f_simple", "f_channel")
_QUARTERLY = ("enps", "noticed")

PULSE_ROTATION: Mapping[int, tuple[str, ...]] = {
    1: ("ux_ease",),
    2: ("ux_useful",),
    3: _QUARTERLY,
    4: _FACETS,
    5: ("ux_ease",),
    6: _QUARTERLY,
    7: ("lost_time",),
    8: _FACETS,
    9: _QUARTERLY,
    10: ("ux_useful",),
    11: ("lost_time",),
    12: _QUARTERLY,
    13: ("ux_ease",),
}
"""Per number of the period the questions of its second slot; where there are several, the laptop draws."""

_ASKED = "Shows what people think of technology at work, without whose answer it is"
_PULSE_DAYS = 31
"""Messages are counted and deleted when their period closes."""

PULSE_ANSWER = (
    Field("organisation", "", "text", "Id of your company", _ASKED, keep_days=_PULSE_DAYS),
    Field("period", "", "text", "The four weeks the answer belongs to", _ASKED, keep_days=_PULSE_DAYS),
    Field("label", "", "text", "Group of at least eight people it counts for", _ASKED, keep_days=_PULSE_DAYS),
    Field("slot", "", "choice", "Which question it was", _ASKED, choices=PULSE_SLOTS, keep_days=_PULSE_DAYS),
    Field("item", "", "choice", "The question", _ASKED, choices=tuple(PULSE_ITEMS), keep_days=_PULSE_DAYS),
    Field("value", "", "count", "Your answer", _ASKED, high=10, keep_days=_PULSE_DAYS),
    Field("comment", "", "text", "Your comment, if you write one", _ASKED, keep_days=365),
    Field("token", "", "text", "Random number that your laptop made", _ASKED, keep_days=_PULSE_DAYS),
    Field("signature", "", "text", "Proof that it was made by one of you", _ASKED, keep_days=_PULSE_DAYS),
)
"""One anonymous message of the pulse: no name, no laptop, no time. Either `value` or `comment` is there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one collector.

    `at` is the time it belongs to, in seconds since 1970; the runner fills in its own where it is None.
    """

    name: str
    value: float
    at: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
