"""Let the laptop that the embedded server runs on in, by the same kind of key and command as any other."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from dashboards.this_machine import agent_config, agent_program, device_of, remember
from server.clock import utc_now
from server.db import Store
from server.devices.models import ACTIVE, Device
from server.devices.store import create_enrolment_key
from server.people.organisations import MAIN, org_id_of

SECONDS = 60.0


def enrol_this_machine(store: Store, data: Path, address: str) -> str:
    """Enrol unless that was done before. The answer says what is missing; empty if nothing is."""
    program, config = agent_program(), agent_config(data)
    if not program.exists():
        return f"not running: {program} is not installed"
    if config.exists():
        _name_server(config, address)
    if _is_enrolled(store, data):
        return ""
    config.parent.mkdir(mode=0o700, exist_ok=True)
    with store.transaction() as session:
        key = create_enrolment_key(session, org_id_of(MAIN), utc_now().date(), "this machine", 1, 1)
    secret = {"DEX_AGENT_SERVER": address, "DEX_AGENT_KEY": key}  # arguments can be seen by everybody
    done = _agent(program, config, "enroll", "--company-owned", environment=secret)
    if done.returncode != 0:
        sentence = done.stderr.strip().rpartition("\n")[2]
        return f"not running: {sentence or 'it could not be enrolled'}"
    remember(data, UUID(done.stdout.strip()))
    _agent(program, config, "run", "--once")  # so that the page knows at once which sources can be read
    return ""


def _agent(
    program: Path, config: Path, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(program), "--config", str(config), *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _is_enrolled(store: Store, data: Path) -> bool:
    """Whether the agent has an identity that this store knows; a store may have been put back or emptied."""
    device_id = device_of(data)
    if device_id is None or not agent_config(data).exists():
        return False
    with store.reading() as session:
        device = session.get(Device, (org_id_of(MAIN), device_id))
        return device is not None and device.state == ACTIVE


def _name_server(config: Path, address: str) -> None:
    """Write where the collector is now: the port may be another one than last time."""
    text = config.read_text("utf-8")
    config.write_text(re.sub(r'(?m)^server = "[^"]*"$', f'server = "{address}"', text), "utf-8")
