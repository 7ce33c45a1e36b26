"""What the buses, devices and packages of a Linux session tell the companion."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("sessions of Linux", allow_module_level=True)

from bus_service import NO, YES, Service, number, property_of, session_bus
from desktop_session import needs

from agent.companion.senses.capture_linux import capturing
from agent.companion.senses.dbus_wire import Bus
from agent.companion.senses.desktop_linux import LOCK_HOLDS, Desktop, desktop
from agent.companion.senses.output import output_of
from agent.companion.senses.programs_linux import Program, package_version, program_of
from agent.companion.senses.versions import Versions

WITHOUT_BUS = needs("dbus-daemon")
needs_bus = pytest.mark.skipif(bool(WITHOUT_BUS), reason=WITHOUT_BUS)

SAVER, NOTIFICATIONS = "org.freedesktop.ScreenSaver", "org.freedesktop.Notifications"
LOGIN, MUTTER = "org.freedesktop.login1", "org.gnome.Mutter.IdleMonitor"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with session_bus(tmp_path_factory.mktemp("bus")) as found:
        yield found


@pytest.fixture
def serve(address: str) -> Iterator[Callable[..., None]]:
    services: list[Service] = []
    yield lambda name, **answers: services.append(Service(address, name, answers))
    for service in services:
        service.close()


@pytest.fixture
def session(address: str) -> Iterator[Desktop]:
    """One bus plays both, the session's and the system's."""
    found = desktop({"DBUS_SESSION_BUS_ADDRESS": f"unix:path=/nonexistent;{address}"})
    found._system = Bus(address)
    yield found
    found.close()


@needs_bus
def test_a_bus_without_a_desktop_tells_nothing(session: Desktop) -> None:
    assert (session.locked(), session.do_not_disturb(), session.idle_s()) == (None, None, None)


def test_a_session_without_a_bus_tells_nothing() -> None:
    lonely = desktop(
        {"DBUS_SYSTEM_BUS_ADDRESS": "unix:abstract=nobody-listens", "XDG_RUNTIME_DIR": "/nowhere"}
    )
    assert (lonely.locked(), lonely.do_not_disturb(), lonely.idle_s()) == (None, None, None)


@needs_bus
@pytest.mark.parametrize(
    ("hint", "saver", "locked"),
    [(True, NO, True), (False, YES, True), (False, NO, False), (False, None, False)],
)
def test_locked_by_logind_or_by_the_screen_saver(
    serve: Callable[..., None], session: Desktop, hint: bool, saver: object, locked: bool
) -> None:
    serve(LOGIN, Get=property_of(hint))
    if saver:
        serve(SAVER, GetActive=saver)
    assert session.locked() is locked


@needs_bus
def test_a_lock_is_asked_for_again_after_a_while(serve: Callable[..., None], session: Desktop) -> None:
    now = 100.0
    session._clock = lambda: now
    assert session.locked() is None
    serve(SAVER, GetActive=YES)
    assert session.locked() is None
    now += LOCK_HOLDS
    assert session.locked() is True


@needs_bus
def test_notifications_that_are_held_back_are_do_not_disturb(
    serve: Callable[..., None], session: Desktop
) -> None:
    serve(NOTIFICATIONS, Get=property_of(True))
    assert session.do_not_disturb() is True


@needs_bus
@pytest.mark.parametrize(("printed", "held_back"), [("false\n", True), ("true\n", False), (None, None)])
def test_banners_that_are_off_are_do_not_disturb_in_gnome(
    address: str, printed: str | None, held_back: bool | None
) -> None:
    gnome = Desktop(
        Bus(address), Bus(address), {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, run=lambda *words: printed
    )
    assert gnome.do_not_disturb() is held_back
    gnome.close()


@needs_bus
def test_idle_time_of_gnome(serve: Callable[..., None], session: Desktop) -> None:
    serve(MUTTER, GetIdletime=number(61_500))
    assert session.idle_s() == 61.5


@needs_bus
def test_a_bus_that_was_started_anew_is_found_again(tmp_path: Path) -> None:
    with session_bus(tmp_path) as address:
        bus = Bus(address)
        assert (
            bus.ask("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", "nobody.here")
            is False
        )
    with pytest.raises(OSError, match="no answer"):
        bus.ask("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
    (tmp_path / "bus").unlink(missing_ok=True)
    with session_bus(tmp_path):
        assert len(str(bus.ask("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId"))) == 32
    bus.close()


# Microphone and camera


def node(state: str, media: str) -> dict[str, object]:
    return {"type": "PipeWire:Interface:Node", "info": {"state": state, "props": {"media.class": media}}}


@pytest.mark.parametrize(
    ("pactl", "pw_dump", "expected"),
    [
        ("Source Output #7\n\tCorked: no\n", None, True),
        ("Source Output #7\n\tCorked: yes\n", None, False),
        ("", None, False),
        (None, [node("running", "Stream/Input/Audio")], True),
        (None, [node("running", "Stream/Output/Audio"), node("idle", "Stream/Input/Audio")], False),
        (None, [node("running", "Stream/Input/Video")], True),
        (None, [{"type": "PipeWire:Interface:Node"}], None),
        (None, None, None),
    ],
)
def test_a_recording_stream_is_capture(
    tmp_path: Path, pactl: str | None, pw_dump: object, expected: bool | None
) -> None:
    (tmp_path / "pipewire-0").touch()
    printed = {"pactl": pactl, "pw-dump": None if pw_dump is None else json.dumps(pw_dump)}
    assert capturing(str(tmp_path), lambda *words: printed[words[0]], root=str(tmp_path)) is expected


def test_without_a_sound_server_the_sound_card_tells(tmp_path: Path) -> None:
    assert capturing(str(tmp_path), root=str(tmp_path)) is False
    status = tmp_path / "proc/asound/card0/pcm0c/sub0/status"
    status.parent.mkdir(parents=True)
    status.write_text("state: RUNNING\nowner_pid   : 4242\n")
    assert capturing(str(tmp_path), root=str(tmp_path)) is True


def test_a_camera_that_a_program_holds_open_is_capture(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    camera = tmp_path / "dev" / "video0"
    camera.touch()
    (tmp_path / "proc").symlink_to("/proc")
    with camera.open():
        assert capturing(str(tmp_path / "no-sound-server"), root=str(tmp_path)) is True
    if not Path("/proc/asound").exists():
        assert capturing(str(tmp_path / "no-sound-server"), root=str(tmp_path)) is False


# Programs


def test_a_process_has_the_name_of_its_executable(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    shutil.copy(shutil.which("sleep") or "", editor)
    with subprocess.Popen([editor, "60"]) as process:
        assert program_of(process.pid) == Program("editor", str(editor))
        editor.unlink()  # as an update does
        assert program_of(process.pid) == Program("editor", "")
        process.kill()
    assert program_of(process.pid) == Program()


def test_a_program_that_hides_has_the_name_that_the_kernel_shows(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "comm").write_text("xterm\n")
    assert program_of(7, str(tmp_path)) == Program("xterm")


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs a Debian or Ubuntu")
def test_the_version_of_a_program_is_that_of_its_package() -> None:
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "dpkg"], capture_output=True, check=True
    )
    assert package_version("/usr/bin/dpkg") == version.stdout.decode()
    assert package_version("/etc/hostname") == ""


def test_each_file_is_asked_about_once_until_it_changes(tmp_path: Path) -> None:
    asked: list[str] = []
    program = tmp_path / "editor"
    program.touch()
    versions = Versions(lambda path: asked.append(path) or f"1.{len(asked)}")
    assert [versions.of(str(program)) for _ in range(3)] == ["1.1"] * 3
    os.utime(program, (1, 1))
    assert versions.of(str(program)) == "1.2"
    assert versions.of("") == ""
    assert versions.of(str(tmp_path / "gone")) == ""


def test_a_program_that_fails_or_hangs_prints_nothing() -> None:
    assert output_of("echo", "some words") == "some words\n"
    assert output_of("false") is None
    assert output_of("no-such-program") is None
    assert output_of("sleep", "60", patience=0.1) is None
    assert output_of("yes", patience=0.5) is None
