"""The agent as a program of its own: what its self-test asks of a build, and (soak) a build that passes."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SELFTEST = ROOT / "packaging" / "selftest.py"


def selftest(*program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SELFTEST), *program]
    return subprocess.run(command, capture_output=True, text=True, timeout=180)


def test_what_is_asked_of_a_build_holds_for_the_agent_itself():
    done = selftest(sys.executable, "-m", "agent")
    assert done.returncode == 0, done.stderr


def test_the_self_test_notices_a_program_that_is_no_agent():
    assert selftest("true").returncode != 0


@pytest.mark.soak
@pytest.mark.skipif(
    importlib.util.find_spec("PyInstaller") is None, reason="pip install 'employee-dex[frozen]' would run it"
)
def test_a_build_works_without_python_and_without_the_server(tmp_path):
    folders = ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "build")]
    spec = str(ROOT / "packaging" / "agent.spec")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, spec]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=600)
    folder = tmp_path / "dist" / "dex-agent"
    done = selftest(str(folder / "dex-agent"))
    assert done.returncode == 0, done.stderr
    carried = {path.name.partition("-")[0].lower() for path in folder.rglob("*")}
    assert not carried & {"flask", "sqlalchemy", "server", "dashboards"}
