"""Programs that a fault ended, as the kernel accounts for them (Documentation/accounting/taskstats.rst).

For machines on which nothing records crashes. The kernel sends the account of each ending process to a
socket; a filter inside the kernel lets only those of crashes through, so that the queue stays nearly empty
until the agent looks. Needs the right to administer the network (CAP_NET_ADMIN), which root has.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from agent.collectors.netlink_linux import LONGEST, REQUEST_ACK, Netlink, attribute
from agent.reading import SourceAbsent, SourceDenied
from agent.records.model import Record

# linux/taskstats.h, linux/filter.h
SOL_SOCKET, SO_ATTACH_FILTER = 1, 26
GET, OF_PROCESS, REGISTER_PROCESSORS = 1, 1, 3

# Signals of a fault, by their numbers on x86 and arm. What people send, like SIGKILL or SIGQUIT, is none.
FAULTS = {4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV", 31: "SIGSYS"}

# A message is the headers of netlink and generic netlink (20 bytes), the attribute "of a process" (4) with
# the process's number (8), the head of the account (4), and then `struct taskstats`. Offsets from its start:
ACCOUNT = 36
VERSION, EXIT_CODE, NAME, PID, BEGIN, ELAPSED, MAIN_THREAD = 0, 4, 80, 128, 136, 144, 368
NAME_LENGTH = 32
TELLS_MAIN_THREAD = 12  # version since which it does; before, only main threads had an exit code

Instruction = tuple[int, int, int, int]


def parse(message: bytes) -> Record | None:
    """The crash of a message; None for one that is no account of a crash."""
    account = message[ACCOUNT:]
    if len(account) < ELAPSED + 8 or not _of_main_thread(account):
        return None
    signal = FAULTS.get(_u32(account, EXIT_CODE) & 0x7F)
    if signal is None:
        return None
    (elapsed_us,) = struct.unpack_from("=Q", account, ELAPSED)
    end = datetime.fromtimestamp(_u32(account, BEGIN) + elapsed_us / 1e6, UTC)
    pid = _u32(account, PID)
    return Record("crash", end, app=_name(account), detail={"signal": signal}, key=f"exit:{pid}:{end}")


def _of_main_thread(account: bytes) -> bool:
    version = int(struct.unpack_from("=H", account, VERSION)[0])
    return version < TELLS_MAIN_THREAD or _u32(account, MAIN_THREAD) == _u32(account, PID)


def _u32(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("=I", data, offset)[0])


def _name(account: bytes) -> str:
    return account[NAME : NAME + NAME_LENGTH].partition(b"\0")[0].decode("utf-8", "replace")


def crash_filter(tells_main_thread: bool) -> list[Instruction]:
    """A program of classic BPF, (code, jump if true, jump if false, value) each, that lets crashes pass.

    The number of the signal is in the lowest byte of the exit code.
    """
    load_byte, load_word, copy_to_x, mask = 0x30, 0x20, 0x07, 0x54
    equal, equal_to_x, give = 0x15, 0x1D, 0x06
    lowest = ACCOUNT + EXIT_CODE + (0 if sys.byteorder == "little" else 3)
    main_thread: list[Instruction] = [
        (load_word, 0, 0, ACCOUNT + PID),
        (copy_to_x, 0, 0, 0),
        (load_word, 0, 0, ACCOUNT + MAIN_THREAD),
        (equal_to_x, 1, 0, 0),
        (give, 0, 0, 0),
    ]
    return [
        *(main_thread if tells_main_thread else []),
        (load_byte, 0, 0, lowest),
        (mask, 0, 0, 0x7F),
        *((equal, len(FAULTS) - number, 0, signal) for number, signal in enumerate(FAULTS)),
        (give, 0, 0, 0),
        (give, 0, 0, LONGEST),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class ExitSocket:
    """An open subscription to the ends of all processes of this machine."""

    def __init__(self) -> None:
        try:
            self._netlink = Netlink()
            self._socket = self._netlink.socket
            self._family = self._netlink.family("TASKSTATS")
            tells_main_thread = self._try_on_itself()
            self._subscribe()
            self._attach(crash_filter(tells_main_thread))
            self._socket.setblocking(False)
        except PermissionError:
            raise SourceDenied("Only root may follow how programs end.") from None
        except OSError as error:
            raise SourceAbsent(f"The kernel does not say here how programs end ({error.strerror}).") from None

    def crashes(self) -> Iterator[Record]:
        """What has arrived since the last call."""
        while True:
            try:
                message = self._socket.recv(LONGEST)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue  # the queue ran over: what follows is whole again
            record = parse(message)
            if record is not None:
                yield record

    def close(self) -> None:
        self._netlink.close()

    def _try_on_itself(self) -> bool:
        """Whether accounts name the main thread. Some kernels moved the fields: this process's own account
        has to read right.
        """
        me = os.getpid()
        account = self._netlink.ask(self._family, GET, attribute(OF_PROCESS, struct.pack("=I", me)))[ACCOUNT:]
        name = Path("/proc/self/comm").read_text("utf-8", "replace").rstrip("\n")
        if len(account) < ELAPSED + 8 or _u32(account, PID) != me or _name(account) != name:
            raise OSError(errno.EPROTO, "accounts of another shape")
        return int(struct.unpack_from("=H", account, VERSION)[0]) >= TELLS_MAIN_THREAD

    def _subscribe(self) -> None:
        processors = Path("/sys/devices/system/cpu/possible").read_text("ascii").strip()
        request = attribute(REGISTER_PROCESSORS, processors.encode() + b"\0")
        self._netlink.ask(self._family, GET, request, REQUEST_ACK)

    def _attach(self, program: list[Instruction]) -> None:
        code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
        buffer = ctypes.create_string_buffer(code, len(code))
        what = _Program(len(program), ctypes.addressof(buffer))
        self._socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, bytes(what))
