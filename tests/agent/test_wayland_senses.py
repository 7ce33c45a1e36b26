"""What the companion senses on Wayland, with a real compositor of the wlroots family and real programs."""

import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("Wayland desktops of Linux", allow_module_level=True)

from desktop_session import Programs, needs, sway
from waiting import eventually

from agent.companion.senses.desktop_linux import desktop
from agent.companion.senses.programs_linux import Program, menu_program
from agent.companion.senses.sense import Front, Gone, Unavailable
from agent.companion.senses.session_linux import open_session
from agent.companion.senses.versions import Versions
from agent.companion.senses.wayland_linux import WaylandSenses
from agent.companion.senses.wayland_wire import Connection, connect, padded_text

MISSING = needs("sway", "swaymsg")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with sway() as env:
        yield env


@pytest.fixture
def programs(environment: dict[str, str]) -> Iterator[Programs]:
    started = Programs(Path(environment["HOME"]), environment, "wayland_window.py")
    yield started
    started.close()


@pytest.fixture
def senses(environment: dict[str, str]) -> Iterator[WaylandSenses]:
    opened = open_session(lambda program: False, environment)
    assert isinstance(opened, WaylandSenses)
    assert eventually(lambda: front(opened) is None)
    yield opened
    opened.close()


def front(senses: WaylandSenses) -> Front | None:
    senses.take_events()
    return senses.front()


def in_front(senses: WaylandSenses, program: str) -> bool:
    end = time.monotonic() + 10
    while not (true := (front(senses) or Front("")).program == program) and time.monotonic() < end:
        select.select([senses], [], [], 10)
    return true


def test_the_program_in_front_is_told_when_it_changes(senses: WaylandSenses, programs: Programs) -> None:
    assert senses.front_known() == ""
    editor = programs.start("first", "org.example.Editor")
    assert in_front(senses, "Editor")
    browser = programs.start("second", "browser")
    assert in_front(senses, "browser")
    browser.kill()
    assert in_front(senses, "Editor")
    editor.kill()
    assert eventually(lambda: front(senses) is None)


def test_a_full_screen_window_wants_quiet(senses: WaylandSenses, programs: Programs) -> None:
    film = programs.start("first", "film")
    assert in_front(senses, "film")
    assert not senses.busy().quiet()
    programs.tell(film, "full")
    assert eventually(lambda: front(senses) == Front("film", full_screen=True))
    assert senses.busy().quiet()


def test_idle_begins_when_the_compositor_says_so_and_ends_with_a_movement(
    environment: dict[str, str],
) -> None:
    wayland = connect(environment)
    quick = WaylandSenses(
        wayland, desktop(environment), Versions(lambda path: ""), lambda program: False, idle_after=0.3
    )

    def idle() -> float:
        quick.take_events()
        return quick.idle_s() or 0.0

    assert eventually(lambda: idle() > 0.3)
    subprocess.run(["swaymsg", "-q", "seat - cursor move 5 5"], env=environment, timeout=10, check=True)
    assert eventually(lambda: idle() == 0.0)
    quick.close()


@pytest.mark.parametrize(("version", "request_code"), [(1, 1), (2, 2)])
def test_newer_compositors_are_asked_by_the_newer_protocol(version: int, request_code: int) -> None:
    """Version 2 can leave out films, which keep the screen on without anybody being there."""
    ours, theirs = socket.socketpair()
    registry, callback = 2, 3
    offers = [(7, "wl_seat", 8), (9, "ext_idle_notifier_v1", version)]
    for number, name, offered in offers:
        body = struct.pack("<I", number) + padded_text(name) + struct.pack("<I", offered)
        theirs.sendall(struct.pack("<II", registry, (8 + len(body)) << 16) + body)
    theirs.sendall(struct.pack("<III", callback, 12 << 16, 0))
    notifier, seat, watch, done = 4, 5, 6, 7
    theirs.sendall(struct.pack("<II", watch, 8 << 16) + struct.pack("<III", done, 12 << 16, 0))  # idled
    senses = WaylandSenses(
        Connection(ours), desktop({}), Versions(lambda path: ""), lambda program: False, idle_after=60.0
    )
    idle = senses.idle_s()
    assert idle is not None
    assert 60.0 <= idle < 70.0
    asked = theirs.recv(4096)
    assert struct.pack("<IIIII", notifier, 20 << 16 | request_code, watch, 60_000, seat) in asked
    senses.close()
    theirs.close()


def test_a_compositor_that_ends_says_so() -> None:
    with sway() as env:
        opened = open_session(lambda program: False, env)
    with pytest.raises(Gone):
        eventually(lambda: opened.take_events() is not None, 5)
    opened.close()
    with pytest.raises(Unavailable, match="cannot be reached"):
        open_session(lambda program: False, env)


@pytest.mark.parametrize(
    ("app_id", "entry", "program"),
    [
        ("org.gnome.Nautilus", "Exec=nautilus --new-window %U", "nautilus"),
        ("firefox-esr", "TryExec=no\nExec=/usr/lib/firefox-esr/firefox-esr %u", "firefox-esr"),
        ("code", 'Exec=env LANG=C "/usr/share/code/code" %F', "code"),
        ("org.gimp.GIMP", "Exec=/usr/bin/flatpak run --branch=stable org.gimp.GIMP @@u %U @@", "GIMP"),
        ("foot", "", "foot"),
        ("com.example.Editor", "Name=no command", "Editor"),
        ("../../etc/passwd", "", ""),
        ("", "", ""),
    ],
)
def test_a_name_of_wayland_leads_to_the_program(
    tmp_path: Path, app_id: str, entry: str, program: str
) -> None:
    if entry:
        (tmp_path / f"{app_id}.desktop").write_text(f"[Desktop Entry]\n{entry}\n")
    assert menu_program(app_id, [str(tmp_path)]).name == program


def test_the_file_of_a_program_in_the_menu_is_found(tmp_path: Path) -> None:
    (tmp_path / "shell.desktop").write_text("Exec=env\nExec=no\n")
    (tmp_path / "list.desktop").write_text("Exec=ls %U\n")
    assert menu_program("list", [str(tmp_path)]).exe.endswith("/ls")
    assert menu_program("shell", [str(tmp_path)]) == Program("shell")
