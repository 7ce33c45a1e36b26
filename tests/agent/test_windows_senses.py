"""What the companion makes of the answers of Windows; each answer as the Windows SDK describes it."""

import ctypes
import struct
import sys

import pytest

from agent.companion.senses.sense import Busy, Front, Stall, Unavailable
from agent.companion.senses.windows import HungWindows, WindowsSenses, file_version, in_use, since
from agent.companion.senses.windows_calls import Calls, LastInput, load

EDITOR, STORE_FRAME, STORE_CORE, GHOST = 0x10, 0x20, 0x21, 0x30


class Function:
    """Takes restype and argtypes as a function of a library does."""

    def __init__(self, call):
        self.call = call

    def __call__(self, *arguments):
        plain = [a.value if isinstance(a, ctypes._SimpleCData) else a for a in arguments]
        return self.call(*plain)


class Library:
    """All of the libraries at once: a desktop with an editor and a store application."""

    front, state, flags, hung = EDITOR, 5, 1, frozenset()
    tick, last = 5_000, 2_000

    def __init__(self, folder):
        self.classes = {EDITOR: "Notepad", STORE_FRAME: "ApplicationFrameWindow", GHOST: "Ghost"}
        self.pids = {EDITOR: 7, STORE_FRAME: 8, STORE_CORE: 9}
        self.paths = {7: "WINWORD.EXE", 8: "ApplicationFrameHost.exe", 9: "Photos.exe"}
        for pid, name in self.paths.items():
            (folder / name).touch()
            self.paths[pid] = str(folder / name)
        self.processes = set()
        for name in dir(type(self)):
            if name.startswith("do_"):
                setattr(self, name.removeprefix("do_"), Function(getattr(self, name)))

    def do_GetForegroundWindow(self):
        return self.front or None

    def do_GetClassNameW(self, window, name, size):
        name.value = self.classes.get(window, "")

    def do_FindWindowExW(self, window, after, kind, title):
        return STORE_CORE if (window, kind) == (STORE_FRAME, "Windows.UI.Core.CoreWindow") else None

    def do_HungWindowFromGhostWindow(self, ghost):
        return EDITOR if ghost == GHOST else None

    def do_GetWindowThreadProcessId(self, window, pid):
        pid._obj.value = self.pids.get(window, 0)

    def do_OpenProcess(self, access, inherit, pid):
        assert access == 0x1000
        self.processes.add(pid)
        return pid

    def do_CloseHandle(self, process):
        self.processes.remove(process)

    def do_QueryFullProcessImageNameW(self, process, flags, path, size):
        path.value = self.paths[process]
        return 1

    def do_IsHungAppWindow(self, window):
        return window in self.hung

    def do_IsWindow(self, window):
        return window in self.classes

    def do_GetLastInputInfo(self, info):
        assert info._obj.size == ctypes.sizeof(LastInput) == 8
        info._obj.tick = self.last
        return 1

    def do_GetTickCount(self):
        return self.tick

    def do_SHQueryUserNotificationState(self, state):
        state._obj.value = self.state
        return 0

    def do_WTSQuerySessionInformationW(self, server, session, what, info, size):
        assert (session, what) == (0xFFFFFFFF, 25)
        self.answer = ctypes.create_string_buffer(struct.pack("<IxxxxIii", 1, 3, 0, self.flags), 64)
        info._obj.value, size._obj.value = ctypes.addressof(self.answer), 64
        return 1

    def do_WTSFreeMemory(self, info):
        del self.answer

    def do_GetFileVersionInfoSizeW(self, path, no):
        return len(resource(16, 0, 17328, 20162))

    def do_GetFileVersionInfoW(self, path, no, size, buffer):
        ctypes.memmove(buffer, resource(16, 0, 17328, 20162), size)
        return 1


def resource(major, minor, build, revision):
    """A version resource: names in UTF-16 around the part that no language changes."""
    fixed = struct.pack("<IIHHHH36x", 0xFEEF04BD, 0x10000, minor, major, revision, build)
    return "VS_VERSION_INFO\0\0".encode("utf-16-le") + fixed + "StringFileInfo".encode("utf-16-le")


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path)


@pytest.fixture
def senses(library, monkeypatch):
    calls = Calls(lambda name: library)
    monkeypatch.setattr(calls, "uses_of", lambda device: [(5, 9)])
    return WindowsSenses(calls, clock=lambda: library.tick / 1000, wall=lambda: 1e9 + library.tick / 1000)


def test_the_program_in_front_has_the_name_and_version_that_the_event_log_gives_it(senses, library):
    assert senses.front() == Front("WINWORD.EXE", "16.0.17328.20162")
    assert library.processes == set()


def test_a_store_application_is_named_by_what_is_in_its_frame(senses, library):
    library.front = STORE_FRAME
    assert senses.front().program == "Photos.exe"


def test_a_window_that_does_not_answer_is_still_its_own_program(senses, library):
    library.front = GHOST
    assert senses.front().program == "WINWORD.EXE"


def test_nothing_is_in_front_at_the_sign_in_screen(senses, library):
    library.front = 0
    assert senses.front() is None
    assert senses.stalls() == []


def test_a_program_that_hides_is_in_front_without_a_name(senses, library):
    library.pids = {}
    assert senses.front() == Front("")


@pytest.mark.parametrize(
    ("flags", "locked"), [(0, True), (1, False), (-1, None)], ids=["locked", "unlocked", "unknown"]
)
def test_locked_is_what_the_session_says(senses, library, flags, locked):
    library.flags = flags
    assert senses.locked() is locked


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (1, Busy(full_screen=True, do_not_disturb=False, capturing=False, idle=False)),
        (2, Busy(full_screen=True, do_not_disturb=False, capturing=False, idle=False)),
        (4, Busy(full_screen=True, do_not_disturb=False, capturing=False, idle=False)),
        (5, Busy(full_screen=False, do_not_disturb=False, capturing=False, idle=False)),
        (6, Busy(full_screen=False, do_not_disturb=True, capturing=False, idle=False)),
    ],
)
def test_only_a_desktop_that_accepts_notifications_may_be_disturbed(senses, library, state, expected):
    library.state = state
    assert senses.busy() == expected
    assert senses.busy().quiet() == (state != 5)


def test_idle_time_survives_the_clock_that_begins_again(senses, library):
    assert senses.idle_s() == 3.0
    assert since(now=500, last=0xFFFFFFFF - 499) == 1.0


def test_a_window_that_answers_again_is_a_stall(senses, library):
    assert senses.stalls() == []
    library.hung = frozenset({EDITOR})
    assert senses.stalls() == []
    library.front, library.tick = STORE_FRAME, 12_000  # the person has gone on elsewhere
    assert senses.stalls() == []
    library.hung = frozenset()
    assert senses.stalls() == [Stall("WINWORD.EXE", "16.0.17328.20162", 1e9, 12.0)]
    assert senses.stalls() == []


def test_a_hung_program_that_is_ended_is_left_to_the_event_log():
    hung = {1}
    windows = HungWindows(lambda window: window in hung, lambda window: False)
    assert windows.look(1, lambda window: Front("editor.exe"), 10.0, 1e9) == []
    hung.clear()
    assert windows.look(0, lambda window: Front(""), 20.0, 1e9) == []


def test_a_device_is_in_use_while_a_use_has_no_end():
    assert in_use([(5, 9)], [(7, 0)]) is True
    assert in_use([(5, 9)], [(0, 0)]) is False
    assert in_use([(5, 9)], None) is None
    assert in_use([(7, 0)], None) is True


@pytest.mark.parametrize("damaged", [b"", b"text", resource(1, 2, 3, 4)[:44], resource(0, 0, 0, 0)])
def test_a_program_without_a_version_has_none(damaged):
    assert file_version(damaged) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="this is Windows")
def test_elsewhere_it_says_that_this_is_not_windows():
    with pytest.raises(Unavailable, match=r"not Windows\.$"):
        load("user32")


@pytest.mark.skipif(sys.platform != "win32", reason="asks a real Windows")
def test_this_windows_answers_each_question():
    senses = WindowsSenses(Calls())
    front = senses.front()
    assert front is None or isinstance(front.program, str)
    assert (senses.idle_s() or 0.0) >= 0.0
    assert senses.locked() in (True, False, None)
    assert isinstance(senses.busy().quiet(), bool)
    assert senses.stalls() == []
