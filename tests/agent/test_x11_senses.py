"""What the companion senses on X11, with a real display server, window manager and programs."""

import select
import signal
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("X11 desktops of Linux", allow_module_level=True)

from desktop_session import Programs, needs, x_server
from waiting import eventually

from agent.companion.senses.sense import Front, Gone, Unavailable
from agent.companion.senses.session_linux import open_session
from agent.companion.senses.x11_linux import X11Senses
from agent.companion.senses.x11_wire import GET_PROPERTY, client_message, request

BOTH = 0x180000  # SubstructureNotify and SubstructureRedirect: what window managers listen for
MISSING = needs("Xvfb", "openbox")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with x_server(tmp_path_factory.mktemp("x11"), "openbox") as env:
        yield env


@pytest.fixture
def programs(environment: dict[str, str]) -> Iterator[Programs]:
    started = Programs(Path(environment["HOME"]), environment, "x11_window.py")
    yield started
    started.close()


@pytest.fixture
def senses(environment: dict[str, str]) -> Iterator[X11Senses]:
    opened = open_session(lambda program: False, environment)
    assert isinstance(opened, X11Senses)
    assert eventually(lambda: not opened.front_known() and nothing_in_front(opened))
    yield opened
    opened.close()


def in_front(senses: X11Senses, program: str) -> bool:
    """Waits as the companion does: for the display server to say that something changed."""

    def look() -> bool:
        senses.take_events()
        front = senses.front()
        return front is not None and front.program == program

    end = time.monotonic() + 30
    while not (true := look()) and time.monotonic() < end:
        select.select([senses], [], [], 1)
    return true


def test_the_program_in_front_is_told_when_it_changes(senses: X11Senses, programs: Programs) -> None:
    editor = programs.start("editor")
    assert in_front(senses, "editor")
    programs.start("browser")
    assert in_front(senses, "browser")
    editor.kill()
    assert senses.front() == Front("browser")


def test_nothing_is_in_front_when_the_last_window_vanishes(senses: X11Senses, programs: Programs) -> None:
    programs.start("editor")
    assert in_front(senses, "editor")
    programs.close()
    assert eventually(lambda: nothing_in_front(senses))


def test_a_full_screen_window_wants_quiet(senses: X11Senses, programs: Programs) -> None:
    film = programs.start("film")
    assert in_front(senses, "film")
    assert not senses.busy().quiet()
    programs.tell(film, "full")
    assert eventually(lambda: senses.busy().full_screen is True)
    assert senses.busy().quiet()


def test_idle_time_counts_from_the_last_key(senses: X11Senses, programs: Programs) -> None:
    editor = programs.start("editor")
    assert in_front(senses, "editor")
    time.sleep(0.3)
    before = senses.idle_s()
    assert before is not None
    assert before >= 0.3
    programs.tell(editor, "type")
    assert eventually(lambda: (senses.idle_s() or 9) < 0.2)


def test_a_stopped_program_is_a_stall_once_it_answers_again(
    senses: X11Senses, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    editor = programs.start("editor")
    assert in_front(senses, "editor")
    assert eventually(lambda: senses.stalls() or knows_an_answer(senses))
    began = time.time()
    editor.send_signal(signal.SIGSTOP)
    look_for(senses, 1.5)
    assert senses.stalls() == []  # it is not over yet
    assert senses.look_again_in() is None  # nor is there anything to do until it answers
    editor.send_signal(signal.SIGCONT)
    (stall,) = until_stalls(senses)
    assert stall.program == "editor"
    assert 1.0 <= stall.seconds < 3
    assert began - 0.2 <= stall.began_at <= began + 0.4


def test_a_stall_ends_with_its_program_also_behind_another_window(
    senses: X11Senses, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    editor = programs.start("editor")
    assert in_front(senses, "editor")
    assert eventually(lambda: senses.stalls() or knows_an_answer(senses))
    editor.send_signal(signal.SIGSTOP)
    look_for(senses, 1.5)
    programs.start("browser")
    assert in_front(senses, "browser")
    editor.kill()
    (stall,) = until_stalls(senses)
    assert stall.program == "editor"


def nothing_in_front(senses: X11Senses) -> bool:
    senses.take_events()
    return senses.front() is None


def test_a_program_that_never_answers_is_not_judged(
    senses: X11Senses, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    monkeypatch.setattr("agent.companion.senses.unanswered.GIVE_UP", 0.5)
    programs.start("terminal", "mute")
    assert in_front(senses, "terminal")
    look_for(senses, 1.5)
    programs.close()
    assert eventually(lambda: nothing_in_front(senses))
    assert senses.stalls() == []


@pytest.mark.soak
def test_the_window_managers_own_question_stays_as_it_is(
    senses: X11Senses, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openbox marks the title of a window that does not answer when it is closed, until it answers."""
    quick(monkeypatch)
    editor = programs.start("editor")
    assert in_front(senses, "editor")
    look_for(senses, 0.5)
    window = senses._window

    def marked() -> bool:
        return b"Not Responding" in shown_title(senses, window)

    editor.send_signal(signal.SIGSTOP)
    close = client_message(senses._x.root, window, senses._x.atom("_NET_CLOSE_WINDOW"), (0, 2), BOTH)
    senses._x.send(close)
    assert eventually(lambda: senses.stalls() == [] and marked())
    editor.send_signal(signal.SIGCONT)
    assert len(until_stalls(senses)) == 1
    assert eventually(lambda: not marked())


def test_a_desktop_that_ends_says_so(tmp_path: Path) -> None:
    with x_server(tmp_path, "openbox") as env:
        opened = open_session(lambda program: False, env)
    assert select.select([opened], [], [], 5)[0]
    with pytest.raises(Gone):
        opened.take_events()
    opened.close()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"DISPLAY": ""}, "This session has no desktop."),
        ({"DISPLAY": "laptop:10.0"}, "The display is on another machine."),
        ({"DISPLAY": ":98765"}, "The display server cannot be reached."),
        ({"XAUTHORITY": "/nonexistent"}, "The display server does not let this account in."),
    ],
)
def test_a_desktop_that_cannot_be_sensed_says_why(
    environment: dict[str, str], change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Unavailable, match=sentence):
        open_session(lambda program: False, environment | change)


def shown_title(senses: X11Senses, window: int) -> bytes:
    """Only this test reads one."""
    title = struct.pack("<5I", window, senses._x.atom("_NET_WM_VISIBLE_NAME"), 0, 0, 64)
    return (senses._x.ask(request(GET_PROPERTY, title)) or b"")[32:]


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.companion.senses.unanswered.SILENT_AFTER", 1.0)
    monkeypatch.setattr("agent.companion.senses.x11_linux.ASK_EVERY", 0.2)


def knows_an_answer(senses: X11Senses) -> bool:
    return bool(senses._unanswered._answers)


def look_for(senses: X11Senses, seconds: float) -> None:
    """The companion's loop, while nothing ends."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        again = senses.look_again_in()
        select.select([senses], [], [], left if again is None else min(again, left))
        assert senses.stalls() == []


def until_stalls(senses: X11Senses) -> list[object]:
    found: list[object] = []
    assert eventually(lambda: bool(found.extend(senses.stalls()) or found))
    return found
