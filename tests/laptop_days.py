"""Batches of a laptop whose days are known, as an agent would send them."""

import gzip
import json
from datetime import date
from itertools import count
from uuid import uuid4

from agent.signals import COVERED

_numbers = count(1)

COVERAGE = dict.fromkeys(COVERED, "ok") | {
    "hang": "absent",
    "battery": "absent",
    "oscrash": "denied",
    "network": "gap",
    "services": "absent",
}


def packed(batch: dict) -> bytes:
    return gzip.compress(json.dumps(batch).encode())


def batch(day: date, **parts: object) -> dict:
    return {"batch_id": str(uuid4()), "seq": next(_numbers), "day": day.isoformat(), **parts}


def summary(revision: int = 1, **changed: object) -> dict:
    """A day with one slow start, two crashes, and 26 minutes under pressure in 6.5 hours of use."""
    return {
        "revision": revision,
        "usage_s": 6.5 * 3600,
        "on_s": 9 * 3600,
        "app_s": 6.5 * 3600,
        "app_source": "usage",
        "active_source": "session",
        "boots": 1,
        "boot_s": 95.0,
        "boot_list_s": [95.0],
        "signins": 1,
        "signin_s": 50.0,
        "signin_list_s": [50.0],
        "app_crashes": 2,
        "active_min": 390.0,
        "cpu_min": 20.0,
        "cpu_source": "psi",
        "mem_min": 6.0,
        "mem_source": "psi",
        "disk_min": 4.0,
        "disk_source": "busy",
        "pressure_min": 26.0,
        "offline_min": 4.0,
        "probes": 500,
        "probes_failed": 4,
        "rtt_ms": 12.3,
        "disk_free_pct": 41.0,
        "patch_age_d": 3.0,
        "apps": [
            {"name": "Firefox", "version": "140.0", "hours": 3.5, "crashes": 2},
            {"name": "other", "hours": 3.0, "crashes": 0},
        ],
        "coverage": COVERAGE,
        "gap_min": {"network": 12.0},
        "agent": [{"version": "0.1.0", "cpu_s": 20.0, "rss_peak_mib": 16.0, "bytes_sent": 4000}],
        **changed,
    }


def crash(app: str = "Firefox", **changed: object) -> dict:
    return {
        "event_id": str(uuid4()),
        "kind": "crash",
        "hour": 9,
        "app": app,
        "detail": {"signal": "SIGSEGV"},
    } | changed
