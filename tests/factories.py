"""Rows and batches with sensible defaults; a test names only what it is about."""

import gzip
import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from server.devices.models import Device
from server.devices.tokens import digest, make_device_token


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    org_id: UUID
    device_id: UUID
    install_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def enrol_device(session: Session, org_id: UUID, today: date) -> EnrolledDevice:
    device_id, install_id = uuid4(), uuid4()
    token = make_device_token(org_id, device_id)
    session.add(
        Device(
            org_id=org_id,
            device_id=device_id,
            install_id=install_id,
            token_hash=digest(token),
            enrolled_on=today,
        )
    )
    session.flush()
    return EnrolledDevice(org_id, device_id, install_id, token)


def summary(**values: Any) -> dict[str, Any]:
    """A day of eight hours without trouble; what is named differs."""
    quiet = {
        "revision": 1,
        "usage_s": 8 * 3600.0,
        "on_s": 9 * 3600.0,
        "app_s": 8 * 3600.0,
        "app_source": "foreground",
        "active_source": "input",
        "boots": 1,
        "boot_s": 25.0,
        "boot_list_s": [25.0],
        "signins": 1,
        "signin_s": 9.0,
        "signin_list_s": [9.0],
        "app_crashes": 0,
        "app_hangs": 0,
        "hang_list_s": [],
        "os_crashes": 0,
        "active_min": 480.0,
        "cpu_min": 4.0,
        "cpu_source": "psi",
        "mem_min": 2.0,
        "mem_source": "psi",
        "disk_min": 3.0,
        "disk_source": "busy",
        "pressure_min": 8.0,
        "offline_min": 0.0,
        "probes": 480,
        "probes_failed": 0,
        "rtt_ms": 18.0,
        "battery_health_pct": 91.0,
        "disk_free_pct": 44.0,
        "patch_age_d": 0.0,
        "apps": [{"name": "firefox", "version": "128.3", "hours": 5.5, "crashes": 0, "hangs": 0}],
        "coverage": {"boot": "ok", "crash": "ok", "cpu": "ok"},
        "agent": [{"version": "0.1.0", "cpu_s": 3.2, "rss_peak_mib": 21.0}],
    }
    return quiet | values


def event(kind: str = "crash", **values: Any) -> dict[str, Any]:
    hour = {} if kind in ("update", "agent") else {"hour": 14}
    return {"event_id": str(uuid4()), "kind": kind, **hour, **values}


def batch(device: EnrolledDevice, seq: int = 1, day: date = date(2026, 3, 4), **parts: Any) -> dict[str, Any]:
    """A batch of this laptop; `summary`, `events` and `facts` as they are named."""
    ids = {"batch_id": str(uuid4()), "install_id": str(device.install_id)}
    return {**ids, "seq": seq, "day": day.isoformat(), **parts}


def packed(content: Any) -> bytes:
    """A body as the agent sends it."""
    return gzip.compress(json.dumps(content, allow_nan=False).encode(), mtime=0)


def sending(device: EnrolledDevice, body: bytes) -> dict[str, Any]:
    """Arguments of a test client's or a requests' call that delivers a body."""
    headers = device.headers | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return {"data": body, "headers": headers}


def unpacked(body: bytes) -> bytes:
    return gzip.decompress(body)


def day_row(device: EnrolledDevice, day: date, **values: Any) -> dict[str, Any]:
    """A row of device_day, for tests that read; what is not named was not measured."""
    key = {"org_id": device.org_id, "device_id": device.device_id, "day": day}
    return {**key, "revision": 1, "received_day": day, **values}
