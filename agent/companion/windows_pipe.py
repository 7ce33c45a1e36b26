"""The companion's channel on Windows: a named pipe, and the system's word for who calls.

Each place of the pipe serves one companion. None of the calls waits (PIPE_NOWAIT): the service looks at its
places when it looks anyway. Only people signed in at a desktop may open the pipe, and not over the network.
"""

import ctypes
import sys
from ctypes import POINTER, byref, c_void_p, create_string_buffer
from pathlib import Path

from agent.companion.message import LINE_BYTES
from agent.companion.stream import Stream
from agent.errors import AgentError

PLACES = 4
"""Places that wait for a companion; another one is made when one is taken."""
BUFFER = 8 * LINE_BYTES
READ_AND_WRITE = 0x12019B
"""All of GENERIC_READ and GENERIC_WRITE but making a place of the pipe (FILE_CREATE_PIPE_INSTANCE)."""
WHO_MAY = f"D:(A;;{READ_AND_WRITE:#x};;;IU)(A;;GA;;;SY)(A;;GA;;;BA)"
"""Security Descriptor Definition Language: people at a desktop, the system, administrators."""
SYSTEM = "S-1-5-18"
"""The account of services ([MS-DTYP] 2.4.2.4)."""

if sys.platform == "win32":
    from ctypes import wintypes

    # winbase.h, winnt.h, winerror.h
    PIPE_ACCESS_DUPLEX, FIRST_PLACE = 0x3, 0x80000
    PIPE_NOWAIT, PIPE_REJECT_REMOTE_CLIENTS, UNLIMITED = 0x1, 0x8, 255
    OPEN_EXISTING = 3
    ONLY_IDENTIFY = (
        0x00110000  # SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION: the service cannot act for us
    )
    ERROR_NO_DATA, ERROR_PIPE_CONNECTED, ERROR_PIPE_LISTENING = 232, 535, 536
    PROCESS_QUERY_LIMITED_INFORMATION, TOKEN_QUERY, TOKEN_USER = 0x1000, 0x8, 1
    NO_HANDLE = c_void_p(-1).value

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    advapi = ctypes.WinDLL("advapi32", use_last_error=True)
    for function in ("CreateNamedPipeW", "CreateFileW", "OpenProcess", "GetCurrentProcess"):
        getattr(kernel, function).restype = c_void_p

    class SecurityAttributes(ctypes.Structure):
        _fields_ = (("length", wintypes.DWORD), ("descriptor", c_void_p), ("inherit", wintypes.BOOL))

    class PipeStream:
        """One end of a connected pipe."""

        def __init__(self, handle: int, user: str) -> None:
            self._handle, self.user, self.person = handle, user, True

        def fileno(self) -> int | None:
            return None

        def receive(self) -> bytes:
            waiting = wintypes.DWORD()
            if not kernel.PeekNamedPipe(c_void_p(self._handle), None, 0, None, byref(waiting), None):
                raise EOFError
            if not waiting.value:
                return b""
            data, got = create_string_buffer(min(waiting.value, 2 * LINE_BYTES)), wintypes.DWORD()
            if not kernel.ReadFile(c_void_p(self._handle), data, len(data), byref(got), None):
                raise EOFError
            return data.raw[: got.value]

        def send(self, line: bytes) -> None:
            if self.send_some(line) != len(line):
                raise OSError("the other end does not read")

        def send_some(self, data: bytes) -> int:
            sent = wintypes.DWORD()
            if not kernel.WriteFile(c_void_p(self._handle), data, len(data), byref(sent), None):
                raise OSError("the other end has gone")
            return int(sent.value)

        def close(self) -> None:
            kernel.CloseHandle(c_void_p(self._handle))

    class PipeDoor:
        """The pipe of the service. AgentError where it cannot be made, or another program made it first."""

        def __init__(self, path: Path) -> None:
            self._name = pipe_name(path)
            self.owners = frozenset({SYSTEM, _own_user()})
            self._waiting = [self._place(FIRST_PLACE)]
            self._waiting += [self._place() for _ in range(PLACES - 1)]

        @property
        def descriptors(self) -> list[int]:
            return []

        def callers(self) -> list[Stream]:
            found: list[Stream] = []
            for place in list(self._waiting):
                kernel.ConnectNamedPipe(c_void_p(place), None)
                state = ctypes.get_last_error()
                if state == ERROR_PIPE_LISTENING:
                    continue
                self._waiting.remove(place)
                self._waiting.append(self._place())
                user = _user_of(place) if state == ERROR_PIPE_CONNECTED else ""
                if user:
                    found.append(PipeStream(place, user))
                else:
                    kernel.CloseHandle(c_void_p(place))
            return found

        def close(self) -> None:
            for place in self._waiting:
                kernel.CloseHandle(c_void_p(place))
            self._waiting = []

        def _place(self, first: int = 0) -> int:
            descriptor = c_void_p()
            advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(WHO_MAY, 1, byref(descriptor), None)
            attributes = SecurityAttributes(ctypes.sizeof(SecurityAttributes), descriptor, False)
            handle = kernel.CreateNamedPipeW(
                self._name,
                PIPE_ACCESS_DUPLEX | first,
                PIPE_NOWAIT | PIPE_REJECT_REMOTE_CLIENTS,
                UNLIMITED,
                BUFFER,
                BUFFER,
                0,
                byref(attributes),
            )
            kernel.LocalFree(descriptor)
            if handle in (None, NO_HANDLE):
                reason = ctypes.FormatError(ctypes.get_last_error())
                raise AgentError(f"Companions cannot be heard, because {self._name} cannot be made: {reason}")
            kernel.ConnectNamedPipe(c_void_p(handle), None)  # from now on it can be opened
            return int(handle)

    def call(path: Path) -> Stream:
        """A connection to the service. OSError if nobody listens there."""
        handle = kernel.CreateFileW(
            pipe_name(path), READ_AND_WRITE, 0, None, OPEN_EXISTING, ONLY_IDENTIFY, None
        )
        if handle in (None, NO_HANDLE):
            raise ctypes.WinError(ctypes.get_last_error())
        kernel.SetNamedPipeHandleState(c_void_p(handle), byref(wintypes.DWORD(PIPE_NOWAIT)), None, None)
        return PipeStream(int(handle), "")

    def _user_of(place: int) -> str:
        """The SID of the account whose program opened the pipe; empty if it has ended."""
        process_id = wintypes.ULONG()
        if not kernel.GetNamedPipeClientProcessId(c_void_p(place), byref(process_id)):
            return ""
        process = kernel.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, process_id)
        if not process:
            return ""
        token = wintypes.HANDLE()
        try:
            if not advapi.OpenProcessToken(c_void_p(process), TOKEN_QUERY, byref(token)):
                return ""
            return _sid_of(token)
        finally:
            kernel.CloseHandle(c_void_p(process))
            kernel.CloseHandle(token)

    def _own_user() -> str:
        token = wintypes.HANDLE()
        this_process = c_void_p(kernel.GetCurrentProcess())
        if not advapi.OpenProcessToken(this_process, TOKEN_QUERY, byref(token)):
            return SYSTEM
        try:
            return _sid_of(token)
        finally:
            kernel.CloseHandle(token)

    def _sid_of(token: wintypes.HANDLE) -> str:
        size = wintypes.DWORD()
        advapi.GetTokenInformation(token, TOKEN_USER, None, 0, byref(size))
        found = create_string_buffer(size.value)
        if not advapi.GetTokenInformation(token, TOKEN_USER, found, size, byref(size)):
            return ""
        sid = ctypes.cast(found, POINTER(c_void_p))[0]  # TOKEN_USER begins with the pointer
        text = wintypes.LPWSTR()
        if not advapi.ConvertSidToStringSidW(c_void_p(sid), byref(text)):
            return ""
        try:
            return text.value or ""
        finally:
            kernel.LocalFree(text)


def pipe_name(path: Path) -> str:
    """Pipes have names of their own; a path of the file system is made into one."""
    name = str(path)
    return (
        name if name.startswith("\\\\.\\pipe\\") else "\\\\.\\pipe\\dex-agent-" + name.translate(_SEPARATORS)
    )


_SEPARATORS = str.maketrans({"\\": "-", "/": "-", ":": "-"})
