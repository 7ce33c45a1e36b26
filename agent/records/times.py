"""The ways in which systems write a moment. Every function returns UTC, or None for what is no moment."""

import re
from datetime import UTC, datetime, timedelta

_FILETIME_ZERO = datetime(1601, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ]+(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)
# asctime of the C locale, as apport and `last -F` write it: Tue Jun 11 14:39:28 2024
_ASCTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def utc(text: str, *, zone_missing: str = "utc") -> datetime | None:
    """`2020-08-01T18:50:43.503991Z`, `2022-12-24 11:43:00.47 +0000` and their like.

    Without a zone the text is UTC (Windows), or with zone_missing="local" this machine's local time: right
    for a file of this machine, a guess for another's.
    """
    found = _STAMP.search(text)
    if not found:
        return None
    fraction, zone = found[7], found[8]
    year, month, day, hour, minute, second = (int(p) for p in found.groups()[:6])
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        naive = datetime(year, month, day, hour, minute, second, micro)
    except ValueError:
        return None
    if zone is None:
        return local(naive) if zone_missing == "local" else naive.replace(tzinfo=UTC)
    return _minus(naive.replace(tzinfo=UTC), _offset(zone))


def local(naive: datetime) -> datetime | None:
    try:
        return naive.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return None


def asctime(text: str) -> datetime | None:
    """Local time of the machine that wrote it, which is taken to be this one."""
    found = _ASCTIME.search(text)
    if not found or found[1] not in MONTHS:
        return None
    day, hour, minute, second, year = (int(p) for p in found.groups()[1:])
    try:
        return local(datetime(year, MONTHS.index(found[1]) + 1, day, hour, minute, second))
    except ValueError:
        return None


def filetime(ticks: int) -> datetime | None:
    """Windows FILETIME: units of 100 ns since 1601."""
    try:
        return _FILETIME_ZERO + timedelta(microseconds=ticks // 10) if ticks > 0 else None
    except OverflowError:
        return None


def unix_us(microseconds: str | int | None) -> datetime | None:
    """Microseconds since 1970, as the journal counts."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds or ""))
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone in {"Z", "UTC"}:
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _minus(moment: datetime, offset: timedelta) -> datetime | None:
    try:
        return moment - offset
    except OverflowError:
        return None
