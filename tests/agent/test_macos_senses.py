"""What the companion makes of the answers of macOS; each answer as Apple's headers describe it."""

import ctypes
import plistlib
import struct
import sys

import pytest

from agent.companion.senses.macos import MacSenses, bundle_version, covers_a_screen, foremost
from agent.companion.senses.macos_calls import Calls, Window, code
from agent.companion.senses.sense import Busy, Front, Unavailable

SCREEN = (0.0, 0.0, 1512.0, 982.0)  # of a 14-inch MacBook Pro, which has a notch
MENU_BAR = Window(1, 24, (0.0, 0.0, 1512.0, 37.0))
DOCK = Window(2, 20, SCREEN)


class Answers:
    """A session with one application in front."""

    lock, microphone, camera, typed, idle = False, False, False, 300.0, 5.0
    front = Window(7, 0, (100.0, 100.0, 800.0, 600.0))
    path = "/Applications/Editor.app/Contents/MacOS/Editor"

    def windows(self):
        return [DOCK, MENU_BAR, self.front, Window(8, 0, SCREEN)]

    def displays(self):
        return [SCREEN]

    def path_of(self, pid):
        return self.path if pid == 7 else ""

    def since_input(self, kind=0xFFFFFFFF):
        return self.typed if kind == 10 else self.idle

    def locked(self):
        return self.lock

    def microphone_runs(self):
        return self.microphone

    def camera_runs(self):
        return self.camera


def test_the_application_of_the_foremost_ordinary_window_is_in_front(tmp_path):
    answers = Answers()
    program = tmp_path / "Editor.app" / "Contents" / "MacOS" / "Editor"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"")
    (program.parent.parent / "Info.plist").write_bytes(
        plistlib.dumps({"CFBundleShortVersionString": "4.2"}, fmt=plistlib.FMT_BINARY)
    )
    answers.path = str(program)
    assert MacSenses(answers).front() == Front("Editor", "4.2")


def test_nothing_is_in_front_where_only_menu_bar_and_dock_are_shown():
    assert foremost([DOCK, MENU_BAR]) is None


@pytest.mark.parametrize(
    ("change", "quiet"),
    [
        ({}, False),
        ({"microphone": True}, True),
        ({"camera": True}, True),
        ({"camera": None}, True),  # not told is busy
        ({"typed": 5.0}, True),
        ({"idle": 200.0}, True),
        ({"front": Window(7, 0, SCREEN)}, True),
    ],
)
def test_people_are_left_alone_while_they_are_busy(change, quiet):
    answers = Answers()
    for name, value in change.items():
        setattr(answers, name, value)
    assert MacSenses(answers).busy().quiet() is quiet


def test_a_quiet_desktop_tells_all_but_focus_and_shared_screens():
    assert MacSenses(Answers()).busy() == Busy(
        full_screen=False, capturing=False, typing=False, idle=False, do_not_disturb=None, screen_shared=None
    )


@pytest.mark.parametrize(
    ("bounds", "beside", "covers"),
    [
        (SCREEN, [MENU_BAR], True),
        ((0.0, 37.0, 1512.0, 945.0), [MENU_BAR], False),  # a window made as large as it gets
        ((0.0, 37.0, 1512.0, 945.0), [], True),  # full screen below the notch
        ((0.0, 0.0, 756.0, 982.0), [], False),  # half of a split screen
        ((1512.0, 0.0, 1920.0, 1080.0), [MENU_BAR], True),  # on the second screen
        ((0.0, 0.0, 0.0, 0.0), [], False),
    ],
)
def test_a_window_covers_a_screen(bounds, beside, covers):
    window = Window(7, 0, bounds)
    displays = [SCREEN, (1512.0, 0.0, 1920.0, 1080.0)]
    assert covers_a_screen(window, [window, *beside], displays) is covers


@pytest.mark.parametrize(
    "content", [b"", b"not a list", plistlib.dumps([1]), plistlib.dumps({"CFBundleShortVersionString": 4})]
)
def test_an_application_without_a_readable_version_has_none(tmp_path, content):
    (tmp_path / "Contents").mkdir()
    (tmp_path / "Contents" / "Info.plist").write_bytes(content)
    assert bundle_version(str(tmp_path / "Contents" / "MacOS" / "Editor")) == ""
    assert bundle_version("/usr/bin/top") == ""


def test_a_session_without_a_desktop_has_no_senses():
    answers = Answers()
    answers.lock = None
    with pytest.raises(Unavailable):
        MacSenses(answers)


class Function:
    def __init__(self, call):
        self.call = call

    def __call__(self, *arguments):
        plain = [a.value if isinstance(a, ctypes._SimpleCData) else a for a in arguments]
        return self.call(*plain)


def audio(answers):
    """AudioObjectGetPropertyData: numbers by object and selector, or an error."""

    def ask(thing, address, no, none, size, data):
        values = answers.get((thing, address._obj.selector))
        if values is None:
            return 0x77686F3F  # kAudioHardwareUnknownPropertyError
        packed = struct.pack(f"<{len(values)}I", *values)
        assert len(packed) <= size._obj.value
        size._obj.value = len(packed)
        ctypes.memmove(data._obj, packed, len(packed))
        return 0

    return Function(ask)


class Framework:
    """All of the frameworks at once, outside of a desktop session: other functions answer with nothing."""

    def __init__(self, answers):
        self.CFStringCreateWithCString = Function(lambda allocator, text, encoding: 1)
        self.AudioObjectGetPropertyData = audio(answers)

    def __getattr__(self, name):
        setattr(self, name, Function(lambda *arguments: None))
        return getattr(self, name)


@pytest.mark.parametrize(
    ("answers", "runs"),
    [
        ({(1, code("dIn ")): [50], (50, code("gone")): [1]}, True),
        ({(1, code("dIn ")): [50], (50, code("gone")): [0]}, False),
        ({(1, code("dIn ")): [0]}, False),  # a Mac without a microphone
        ({(1, code("dIn ")): [50]}, None),
        ({}, None),
    ],
)
def test_a_microphone_that_any_program_uses_runs(answers, runs):
    assert Calls(lambda name: Framework(answers)).microphone_runs() is runs


def test_outside_of_a_session_nobody_tells_whether_it_is_locked():
    calls = Calls(lambda name: Framework({}))
    assert calls.locked() is None
    assert calls.windows() == []


@pytest.mark.skipif(sys.platform == "darwin", reason="this is macOS")
def test_elsewhere_it_says_that_the_frameworks_are_missing():
    with pytest.raises(Unavailable, match=r"\.$"):
        Calls()


@pytest.mark.skipif(sys.platform != "darwin", reason="asks a real Mac")
def test_this_mac_answers_each_question():
    calls = Calls()
    assert calls.since_input() >= 0.0
    assert calls.microphone_runs() in (True, False, None)
    assert calls.camera_runs() in (True, False, None)
    if calls.locked() is not None:  # with a desktop
        senses = MacSenses(calls)
        assert isinstance(senses.busy().quiet(), bool)
        assert senses.front() is None or isinstance(senses.front(), Front)
