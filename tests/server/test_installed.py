"""What docs/operate/install.md puts on a server: the lock, the package, the services."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import server_lock

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging/linux"
UNITS = ("dex-collector@.service", "dex-worker.service")
MOST_EXPOSED = 1.5
"""Of 10, by `systemd-analyze security`; a unit without any measure has 9.6."""


def test_the_server_s_lock_is_the_part_of_the_whole_one():
    """Else: python -m tests.server_lock"""
    assert server_lock.PART.read_text("utf-8") == server_lock.server_lock()


def test_the_part_follows_who_asks_for_whom_and_keeps_every_version_s_entry():
    entry = "{}=={} ; {} \\\n    --hash=sha256:00\n    # via\n    #   {}\n"
    lock = "".join(
        [
            entry.format("a", 1, "python < 4", "us (setup.cfg)"),
            entry.format("b", 1, "python < 4", "a"),
            entry.format("b", 2, "python >= 4", "a"),
            entry.format("c", 1, "python < 4", "pytest"),
        ]
    )
    kept = [line for line in server_lock.part_of(lock, {"a"}).splitlines() if "==" in line]
    assert [line.split(" ;")[0] for line in kept] == ["a==1", "b==1", "b==2"]


def test_the_package_holds_what_is_read_beside_the_code(tmp_path):
    source = tmp_path / "source"
    for name in ("agent", "dashboards", "server"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    kinds = ("*.py", "*.mako", "*.mo", "*.html", "*.css", "*.js", "*.json", "*.toml")
    needed = {
        str(file.relative_to(source))
        for name in ("agent", "dashboards", "server")
        for kind in kinds
        for file in (source / name).rglob(kind)
    }
    assert sorted(needed - held) == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="not run: needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS)
def test_the_services_are_understood_and_closed(unit):
    analyze = ["systemd-analyze", "--no-pager"]
    verified = subprocess.run([*analyze, "verify", str(PACKAGING / unit)], capture_output=True, text=True)
    said = [line for line in verified.stderr.splitlines() if unit.split(".")[0].rstrip("@") in line]
    assert [line for line in said if "is not executable" not in line] == []
    judge = [*analyze, "security", "--offline=true", f"--threshold={int(MOST_EXPOSED * 10)}"]
    judged = subprocess.run([*judge, str(PACKAGING / unit)], capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]
