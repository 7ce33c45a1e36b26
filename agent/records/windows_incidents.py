"""A Windows system that went down without a shutdown, put together from the events of the next boot.

One incident leaves up to three events: Kernel-Power 41, EventLog 6008 and BugCheck 1001. They are of one
boot and count once. Kernel-Boot 20 ("last shutdown not good") is no evidence: fast start-up and changed
clocks give it too.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from agent.records.model import DetailValue, Record, iso
from agent.records.windows_event import Event
from agent.records.windows_events import WINDOWS, event_key, stop_code

_KERNEL = ("Microsoft-Windows-Kernel-General", 12)
_POWER = ("Microsoft-Windows-Kernel-Power", 41)
_UNEXPECTED = ("EventLog", 6008)
_LOG_STARTED = {("EventLog", 6005), ("EventLog", 6009)}
_STOP_ERRORS = {("Microsoft-Windows-WER-SystemErrorReporting", 1001), ("BugCheck", 1001)}
_ONCE_PER_BOOT = {_KERNEL, _POWER, _UNEXPECTED} | _LOG_STARTED
EVENTS = frozenset(_ONCE_PER_BOOT | _STOP_ERRORS)


def incidents(events: Iterable[Event]) -> list[Record]:
    """One record per boot that followed an unclean end; events of one computer, in the order of their ids.

    Not in the order of time: clocks are set, and the first events of a boot are written after the next ones.
    """
    boots: list[dict[tuple[str, int], Event]] = []
    for event in events:
        name = (event.provider, event.id)
        if name not in EVENTS:
            continue
        if not boots or _begins_a_boot(name, boots[-1]):
            boots.append({})
        boots[-1].setdefault(name, event)
    return [record for boot in boots if (record := _incident(boot))]


def _begins_a_boot(name: tuple[str, int], boot: dict[tuple[str, int], Event]) -> bool:
    """What comes once per boot came again; 6008 comes before the log's own start events."""
    if name in _ONCE_PER_BOOT and name in boot:
        return True
    return name == _UNEXPECTED and any(started in boot for started in _LOG_STARTED)


def _incident(boot: dict[tuple[str, int], Event]) -> Record | None:
    power, unexpected = boot.get(_POWER), boot.get(_UNEXPECTED)
    stop = next((boot[name] for name in _STOP_ERRORS if name in boot), None)
    first = power or stop or unexpected
    if first is None:
        return None
    detail: dict[str, DetailValue] = {"cause": "unknown"}
    code = _code(power, stop)
    if code or stop:
        detail = {"cause": "stop_error", "code": code}
    elif power:
        detail["cause"] = "held_button" if _button_held(power) else "power_loss"
    if unexpected and (alive := last_alive(unexpected.binary)):
        detail["last_alive"] = iso(alive)
    return Record("oscrash", first.time, detail=detail, key=event_key(first), group=WINDOWS)


def _code(power: Event | None, stop: Event | None) -> str:
    if power and (number := power.number("BugcheckCode")):
        return f"{number:#x}"
    return stop_code(stop.get("param1", 0)) if stop else ""


def _button_held(power: Event) -> bool:
    return bool(power.number("PowerButtonTimestamp")) or power.flag("LongPowerButtonPressDetected")


def last_alive(binary: str) -> datetime | None:
    """When the system was last known to run: the second SYSTEMTIME (UTC) in the binary data of 6008.

    The texts beside it are localised. A SYSTEMTIME is eight little-endian 16-bit numbers: year, month, day
    of the week, day, hour, minute, second, milliseconds.
    """
    try:
        raw = bytes.fromhex(binary[:64])
        year, month, _, day, hour, minute, second, milli = (
            int.from_bytes(raw[i : i + 2], "little") for i in range(16, 32, 2)
        )
        return datetime(year, month, day, hour, minute, second, milli * 1000, tzinfo=UTC)
    except ValueError:
        return None
