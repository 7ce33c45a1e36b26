"""A whole virtual machine with the agent as a service: what a container cannot do to a laptop.

A core dump, a fault that the kernel notes, an end for want of memory, suspend to RAM and a panic, all real,
in software emulation (no KVM needed). What the agent made of it is read from the machine's disk afterwards.
"""

import json
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from systemd_laptop import ROOT, layered, system_root

from agent.agreed.policy import load_policy
from agent.sending import batches, revisions
from agent.store.bodies import unpacked

pytestmark = pytest.mark.soak

STATE = "/var/lib/dex-agent"
LONGEST_RUN = 900
"""Seconds; a start takes 20 to 40 under emulation."""

AGENT = f"""[Unit]
Description=The agent
[Service]
Environment=PYTHONPATH=/opt/dex DEX_AGENT_SERVER=http://127.0.0.1:9 DEX_AGENT_STATE={STATE}
ExecStart=/usr/bin/python3 -m agent --config /etc/dex-agent/agent.toml run
"""
TROUBLE = """[Unit]
Description=What happens
[Service]
Type=simple
ExecStart=/usr/bin/python3 /opt/dex/trouble_in_a_vm.py
StandardOutput=append:/var/lib/trouble.log
StandardError=append:/var/lib/trouble.log
"""


@dataclass(frozen=True)
class Lived:
    """What is on the disk after the machine's two runs."""

    told: dict[str, float]
    batches: list[dict[str, Any]]
    store: Path


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    system = system_root("qemu-system-x86_64", "mke2fs", "debugfs")
    kernels = sorted(Path(system, "boot").glob("vmlinuz-*"))
    if not kernels:
        pytest.skip("not run: the system in DEX_SYSTEMD_ROOT has no kernel; tests/laptop_root.sh builds one")
    folder = tmp_path_factory.mktemp("machine")
    disk = folder / "disk.img"
    with layered(system, folder) as root:
        prepare(root)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(disk), "2G"], check=True)
    for name in ("first", "second"):
        run(disk, kernels[-1], folder / f"{name}.log")
    files = ("spool.sqlite3", "spool.sqlite3-wal")
    for path in ("/var/lib/told.json", "/var/lib/trouble.log", *(f"{STATE}/{name}" for name in files)):
        subprocess.run(
            ["debugfs", "-R", f"dump {path} {folder / Path(path).name}", disk], capture_output=True
        )
    yield Lived(
        json.loads((folder / "told.json").read_text()), composed(folder / files[0]), folder / files[0]
    )
    disk.unlink()


def prepare(root: Path) -> None:
    units = root / "etc/systemd/system"
    wanted = units / "multi-user.target.wants"
    for name, text in (("dex-agent", AGENT), ("trouble", TROUBLE)):
        (units / f"{name}.service").write_text(text)
        (wanted / f"{name}.service").symlink_to(f"/etc/systemd/system/{name}.service")
    shutil.copytree(ROOT / "agent", root / "opt/dex/agent", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/trouble_in_a_vm.py", root / "opt/dex")
    (root / "etc/dex-agent").mkdir()
    (root / "etc/dex-agent/agent.toml").write_text("")
    shutil.rmtree(root / "var/lib/apt/lists")  # minutes of a question that is not what this is about


def run(disk: Path, kernel: Path, log: Path) -> None:
    """Until it is shut down or its kernel gives up. KVM may open and yet hang, so emulation is named."""
    initrd = kernel.with_name(kernel.name.replace("vmlinuz", "initrd.img"))
    subprocess.run(
        [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "512"),
            *("-nodefaults", "-nographic", "-no-reboot", "-serial", f"file:{log}", "-nic", "none"),
            *("-kernel", str(kernel), "-initrd", str(initrd)),
            *("-append", "root=/dev/vda rw console=ttyS0 panic=1 quiet net.ifnames=0"),
            *("-drive", f"file={disk},format=raw,if=virtio"),
        ],
        check=True,
        timeout=LONGEST_RUN,
        stdin=subprocess.DEVNULL,
    )


def composed(store: Path) -> list[dict[str, Any]]:
    """What would leave: the agent's own code makes batches of what its store holds."""
    db = sqlite3.connect(store, isolation_level=None)
    now = float(db.execute("SELECT max(number) * 60 + 60 FROM minute").fetchone()[0])
    revisions.make_all_due(db, now)
    batches.compose(db, now, load_policy(db), 0.0)
    rows = db.execute("SELECT body FROM batch ORDER BY seq").fetchall()
    db.close()
    return [unpacked(body) for (body,) in rows]


def total(lived: Lived, name: str) -> float:
    """Over all days: a run may reach over midnight."""
    return sum(batch["summary"].get(name) or 0 for batch in lived.batches if "summary" in batch)


def kinds(lived: Lived) -> Counter[str]:
    events = [event for batch in lived.batches for event in batch.get("events", [])]
    return Counter(event["kind"] for event in events if event["kind"] != "agent")


def test_every_trouble_is_found_once(lived: Lived) -> None:
    assert kinds(lived) == {"crash": 2, "oom": 1, "oscrash": 1}
    assert (total(lived, "app_crashes"), total(lived, "os_crashes")) == (2, 1)


def test_both_starts_are_measured(lived: Lived) -> None:
    assert total(lived, "boots") == 2
    lengths = [s for batch in lived.batches for s in batch.get("summary", {}).get("boot_list_s", [])]
    assert len(lengths) == 2
    assert all(3 < seconds < LONGEST_RUN for seconds in lengths)


def test_sleep_is_no_time_awake(lived: Lived) -> None:
    assert lived.told["asleep_s"] > 30
    db = sqlite3.connect(lived.store)
    before_the_end = (
        "SELECT total(on_s) FROM minute WHERE number * 60 < (SELECT at FROM happening WHERE kind = 'oscrash')"
    )
    awake = db.execute(before_the_end).fetchone()[0]
    assert 60 < awake <= lived.told["awake_s"] + 5
