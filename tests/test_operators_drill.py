"""The operators' pages followed word by word, so that they cannot rot: their blocks for the shell, in order.

The long form takes an empty Debian from installing to a restored backup, an upgrade and a rollback. It needs
what `sh tests/laptop_root.sh` builds, and the network and ports of this machine (443, 5432, 8765, 8766).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from systemd_laptop import ROOT, SystemdLaptop, layered, system_root

PAGES = ROOT / "docs/operate"
MINUTES = 60.0
THERE = "/opt/src/employee-dex"
MIRROR = "/etc/ssl/mirror.pem"
NEXT = "99.0.0"


def blocks(page: str, after: str = "") -> list[str]:
    """The page's blocks for the shell, those under one heading or all."""
    text = (PAGES / page).read_text("utf-8")
    if after:
        text = re.split(r"^## ", text.partition(f"## {after}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    assert found, f"{page} has no blocks {after}"
    return found


def test_the_embedded_store_is_copied_lost_and_restored(tmp_path: Path) -> None:
    """As backup.md says it, in a folder where `up` would have its `var`."""
    for name in ("safe", "elsewhere"):
        (tmp_path / name).mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def typed(block: str) -> str:
        block = block.replace("/safe/place", str(tmp_path / "safe")).replace(
            "/elsewhere", str(tmp_path / "elsewhere")
        )
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DEX_")}
        run = ["sh", "-c", block]
        done = subprocess.run(
            run, cwd=tmp_path, env=environ | {"PATH": path}, capture_output=True, text=True, timeout=MINUTES
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    copy, restore = blocks("backup.md", "The embedded store")
    typed('dex-server db upgrade\ndex-server organisation create "Example Ltd"')
    digest = re.search(r"[0-9a-f]{16}", typed(copy))
    assert digest is not None
    said = typed(re.sub(r"(?<=--digest )[0-9a-f]{16}", digest[0], restore))
    assert "no release was changed" in said
    assert (tmp_path / "elsewhere/dex.sqlite3").exists()


class Server(SystemdLaptop):
    """A machine that is somebody's server, with this repository in a folder of its own."""

    def follow(self, block: str) -> str:
        """What the block said; each of its lines has to go well."""
        cert = f"PIP_CERT={MIRROR}" if os.environ.get("PIP_CERT") else ""
        path = "PATH=/usr/local/bin:$PATH"  # as root has it
        before = f"exec 2>&1; set -e; cd {THERE}; export {path} DEBIAN_FRONTEND=noninteractive {cert}"
        said = self.run("sh", "-c", f"{before}\n{block}\necho all of it", minutes=20)
        assert said.endswith("all of it"), f"{block}\n{said}"
        return said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with layered(system_root(), tmp_path_factory.mktemp("drill")) as folder:
        tree = folder / THERE.lstrip("/")
        shutil.copytree(
            ROOT, tree, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", "*.mo", "var")
        )
        if os.environ.get("PIP_CERT"):  # authorities of a package mirror
            authorities = folder / MIRROR.lstrip("/")
            authorities.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.environ["PIP_CERT"], authorities)
        machine = Server(folder, options=())
        try:
            machine.start()
            yield machine
        finally:
            machine.close()


@pytest.mark.soak
def test_from_an_empty_machine_to_a_restored_backup_an_upgrade_and_back(server: Server) -> None:
    today = datetime.now(UTC).date().isoformat()
    for block in blocks("install.md"):
        said = server.follow(block)
    assert "differences: none" in said

    server.follow("dex-server enroll-key create --label 'Before the loss' >/tmp/key")
    copy, restore = blocks("backup.md", "PostgreSQL")
    server.follow(copy)
    said = server.follow(restore.replace("2026-03-04", today))
    assert "no release was changed" in said
    assert "Before the loss" in server.follow("dex-server enroll-key list")
    (trial,) = blocks("backup.md", "Is the backup any good?")
    assert "no release was changed" in server.follow(trial.replace("2026-03-04", today))

    (here,) = re.findall(r"^version = (.+)$", (ROOT / "setup.cfg").read_text("utf-8"), re.MULTILINE)
    server.follow(f"sed -i 's/^version = .*/version = {NEXT}/' setup.cfg")
    for block in blocks("upgrade.md", "Upgrade"):
        server.follow(re.sub(r"(?<=ln -sfn )\S+", NEXT, block))
    assert f'version="{NEXT}"' in server.follow("curl --silent http://127.0.0.1:8765/metrics")
    (back,) = blocks("upgrade.md", "Rollback")
    server.follow(re.sub(r"(?<=ln -sfn )\S+", here, back))
    server.follow(
        "curl --silent --retry 60 --retry-delay 1 --retry-connrefused --fail http://127.0.0.1:8765/readyz"
    )
