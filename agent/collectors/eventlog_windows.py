"""Event logs of Windows by the Event Log API (winevt.h): a channel from its newest entry back.

Of entries nobody asked for, only provider, id, number and time are rendered: what else they hold is never
read.
"""

import ctypes
import os
from collections.abc import Callable, Generator
from ctypes import byref, c_uint16, c_uint32, c_uint64, c_void_p, c_wchar_p
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from agent.reading import SourceAbsent, SourceDenied
from agent.system import dll_windows

# winevt.h
QUERY_CHANNEL, QUERY_BACKWARDS = 0x1, 0x200
RENDER_VALUES, RENDER_XML = 0, 1
CHANNEL_ENABLED = 0
VALUES = (
    "Event/System/Provider/@Name",
    "Event/System/EventID",
    "Event/System/EventRecordID",
    "Event/System/TimeCreated/@SystemTime",
)
# winerror.h
ACCESS_DENIED, BUFFER_TOO_SMALL, NO_MORE_ITEMS = 5, 122, 259
NO_SUCH_CHANNEL = 15007

BATCH = 32
WAIT_MS = 2000
LONGEST_XML = 1024 * 1024  # bytes
READERS = "S-1-5-32-573"  # the group "Event Log Readers", by the name that is the same in all languages


@dataclass(frozen=True, slots=True)
class Entry:
    """`record` is its number in the channel, `written` its time in units of 100 ns since 1601."""

    provider: str
    id: int
    record: int
    written: int
    xml: Callable[[], str]


class EventLog(Protocol):
    def backwards(self, channel: str) -> Generator[Entry, None, None]:
        """The entries of a channel, the newest first; `xml` works until the next one is asked for.

        May raise SourceDenied or SourceAbsent.
        """


class _Variant(ctypes.Structure):
    """EVT_VARIANT: a value, or the address of a text in the same buffer."""

    _fields_ = (("value", c_uint64), ("count", c_uint32), ("type", c_uint32))


def values_of(raw: bytes, address: int) -> tuple[str, int, int, int]:
    """Provider, id, number and time from what EvtRender wrote to this address, in the order of VALUES."""
    variants = (_Variant * len(VALUES)).from_buffer_copy(raw)
    start = variants[0].value - address
    end = start
    while 0 <= end < len(raw) - 1 and raw[end : end + 2] != b"\0\0":
        end += 2
    provider = raw[start:end].decode("utf-16-le", "replace") if start > 0 else ""
    # The number of an event has 16 bits; what stands beside it in the buffer is none of its value.
    return provider, c_uint16(variants[1].value).value, variants[2].value, variants[3].value


def refusal(channel: str, error: int) -> SourceDenied | SourceAbsent:
    """What a number of winerror.h means for whoever wants to read a channel."""
    if error == ACCESS_DENIED:
        account = os.environ.get("USERNAME", "ACCOUNT")
        return SourceDenied(
            f"The account {account} may not read the event log {channel}.",
            f'powershell Add-LocalGroupMember -SID {READERS} -Member "{account}"',
        )
    if error == NO_SUCH_CHANNEL:
        return SourceAbsent(f"This Windows has no event log {channel}.")
    # The log was cleared meanwhile, its service starts anew: the next look may find all of it.
    return SourceAbsent(
        f"The event log {channel} cannot be read (error {error} of Windows).", comes_back=True
    )


def off(channel: str) -> SourceAbsent:
    return SourceAbsent(f"The event log {channel} is switched off.", f'wevtutil sl "{channel}" /e:true')


class WindowsEventLog:
    """The library is loaded at the first look, so that a list of collectors can be made anywhere."""

    def __init__(self, load: Callable[[str], ctypes.CDLL] = dll_windows.load) -> None:
        self._load = load
        self._api: ctypes.CDLL | None = None
        self._context: int | None = None

    def backwards(self, channel: str) -> Generator[Entry, None, None]:
        api = self._open_api()
        self._require_enabled(api, channel)
        query = api.EvtQuery(None, channel, None, QUERY_CHANNEL | QUERY_BACKWARDS)
        if not query:
            raise refusal(channel, dll_windows.last_error())
        try:
            while handles := self._next(api, query, channel):
                try:
                    for handle in handles:
                        if values := _render(api, self._context, handle, RENDER_VALUES):
                            yield Entry(*values_of(*values), xml=partial(_xml, api, handle))
                finally:
                    for handle in handles:
                        api.EvtClose(handle)
        finally:
            api.EvtClose(query)

    def _open_api(self) -> ctypes.CDLL:
        if self._api is None:
            api = self._load("wevtapi")
            for name in ("EvtQuery", "EvtCreateRenderContext", "EvtOpenChannelConfig"):
                getattr(api, name).restype = c_void_p
            api.EvtQuery.argtypes = (c_void_p, c_wchar_p, c_wchar_p, c_uint32)
            api.EvtNext.argtypes = (c_void_p, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p)
            api.EvtRender.argtypes = (c_void_p, c_void_p, c_uint32, c_uint32, c_void_p, c_void_p, c_void_p)
            api.EvtCreateRenderContext.argtypes = (c_uint32, c_void_p, c_uint32)
            api.EvtOpenChannelConfig.argtypes = (c_void_p, c_wchar_p, c_uint32)
            api.EvtGetChannelConfigProperty.argtypes = (c_void_p, *(c_uint32,) * 3, c_void_p, c_void_p)
            api.EvtClose.argtypes = (c_void_p,)
            paths = (c_wchar_p * len(VALUES))(*VALUES)
            self._context = api.EvtCreateRenderContext(len(VALUES), paths, 0)
            if not self._context:  # without one no entry would be readable, and all logs quiet
                raise SourceAbsent(
                    f"Windows does not open its event logs (error {dll_windows.last_error()})."
                )
            self._api = api
        return self._api

    def _require_enabled(self, api: ctypes.CDLL, channel: str) -> None:
        """A channel that is switched off still gives its old entries, and says nothing new."""
        config = api.EvtOpenChannelConfig(None, channel, 0)
        if not config:
            return  # reading will say why
        value, used = _Variant(), c_uint32()
        size = ctypes.sizeof(value)
        told = api.EvtGetChannelConfigProperty(config, CHANNEL_ENABLED, 0, size, byref(value), byref(used))
        api.EvtClose(config)
        if told and not value.value & 0xFFFFFFFF:
            raise off(channel)

    def _next(self, api: ctypes.CDLL, query: int, channel: str) -> list[int]:
        events, returned = (c_void_p * BATCH)(), c_uint32()
        if api.EvtNext(query, BATCH, events, WAIT_MS, 0, byref(returned)):
            return [event for event in events[: returned.value] if event]
        if (error := dll_windows.last_error()) == NO_MORE_ITEMS:
            return []
        raise refusal(channel, error)  # also for a log that was cleared meanwhile: the next look will see


def _xml(api: ctypes.CDLL, event: int) -> str:
    """Empty for an entry that is damaged or too large."""
    rendered = _render(api, None, event, RENDER_XML)
    return rendered[0].decode("utf-16-le", "replace").partition("\0")[0] if rendered else ""


def _render(api: ctypes.CDLL, context: int | None, event: int, what: int) -> tuple[bytes, int] | None:
    """The bytes that EvtRender wrote, and where; its texts are addresses into them."""
    size = 1024
    while size <= LONGEST_XML:
        buffer, used, count = ctypes.create_string_buffer(size), c_uint32(), c_uint32()
        if api.EvtRender(context, event, what, size, buffer, byref(used), byref(count)):
            return buffer.raw[: used.value], ctypes.addressof(buffer)
        if dll_windows.last_error() != BUFFER_TOO_SMALL or used.value <= size:
            break
        size = used.value
    return None
