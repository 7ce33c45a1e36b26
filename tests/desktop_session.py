"""Real desktop sessions without a screen, for tests: a display server and programs in it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import eventually

HERE = Path(__file__).parent
NOBODY = 65534


def needs(*programs: str) -> str:
    """Why a test cannot run here; empty if it can."""
    missing = [name for name in programs if shutil.which(name) is None]
    return f"needs {', '.join(missing)}; sh tests/system_packages.sh installs them" if missing else ""


@contextmanager
def running(*command: str, env: dict[str, str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    quiet: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    with subprocess.Popen(command, env=env, **quiet) as process:
        try:
            yield process
        finally:
            process.kill()


def environment(folder: Path) -> dict[str, str]:
    """Of programs in a session, copies of this Python among them; nothing of the session we are in."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    python = {"PYTHONPATH": str(HERE.parent), "PYTHONHOME": sys.base_prefix}
    return {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), **kept, **python}


@contextmanager
def x_server(folder: Path, window_manager: str) -> Iterator[dict[str, str]]:
    """The environment of programs in it; it lets in only who has the cookie."""
    authority = folder / "authority"
    fields = (b"", b"", b"MIT-MAGIC-COOKIE-1", os.urandom(16))
    authority.write_bytes(b"\xff\xff" + b"".join(len(f).to_bytes(2, "big") + f for f in fields))
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-auth", str(authority), "-nolisten", "tcp", "-noreset"]
    with running(*command, env=dict(os.environ), pass_fds=[writer]):
        os.close(writer)
        with os.fdopen(reader) as said:
            number = said.readline().strip()
        env = environment(folder) | {"DISPLAY": f":{number}", "XAUTHORITY": str(authority)}
        with running(window_manager, env=env):
            yield env


@contextmanager
def sway() -> Iterator[dict[str, str]]:
    """The environment of programs in a session of sway, which `nobody` runs where we are root: it refuses."""
    with tempfile.TemporaryDirectory(prefix="sway") as folder:
        config = Path(folder) / "config"
        config.write_text("xwayland disable\n")
        env = environment(Path(folder))
        headless = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
        options: dict[str, object] = {}
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with running("sway", "-c", str(config), env=env | headless, **options):
            assert eventually(
                lambda: any(Path(folder).glob("sway-ipc.*")) and any(Path(folder).glob("wayland-?"))
            )
            (ipc,) = Path(folder).glob("sway-ipc.*")
            (socket,) = Path(folder).glob("wayland-?")
            yield env | {"WAYLAND_DISPLAY": socket.name, "SWAYSOCK": str(ipc)}


class Programs:
    """Starts programs of a given name with a window each, and ends them."""

    def __init__(self, folder: Path, env: dict[str, str], script: str) -> None:
        self._folder, self._env, self._script = folder, env, script
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, title: str = "x") -> subprocess.Popen[bytes]:
        """`name` becomes that of the executable: a copy of Python."""
        program = self._folder / name
        if not program.exists():
            shutil.copy(os.path.realpath(sys.executable), program)
        command = [str(program), str(HERE / self._script), title]
        process = subprocess.Popen(command, env=self._env, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._started.append(process)
        return process

    def tell(self, process: subprocess.Popen[bytes], word: str) -> None:
        assert process.stdin
        process.stdin.write(word.encode() + b"\n")
        process.stdin.flush()

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
