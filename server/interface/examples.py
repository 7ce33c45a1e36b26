"""One example of what each call takes and gives, shown in its description. Long lists are shortened.

Tests hold each against the description, and what is sent against the collector.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ORGANISATION = "39720520-4222-5fce-ad9b-19290d3fc508"
_LAPTOP = "9d1c3a52-7f0e-4b8e-9a64-0f5d7c2b1e88"
_INSTALL = "0b8f6a0e-6f0b-4c57-8c0e-6f2f4a4f9d11"
_LABEL = "row:unit:Sales"
_NUMBER = base64.b64encode(bytes(range(256))).decode()
"""A number of 2048 bits, as moduli, blinded tokens and signatures are sent."""


@dataclass(frozen=True, slots=True)
class Example:
    """`takes`: a body that is sent. `gives`: the answer to it. `address`: what stands in path and query."""

    takes: Any = None
    gives: Any = None
    address: Mapping[str, str] = field(default_factory=dict)


_POLICY = {
    "version": 1,
    "organisation": _ORGANISATION,
    "agreement": {
        "hash": "ae40c6e2b5cbd2f4b1e7a3d9f86a2f05c1f0a4d1f7be9d6fd4c9a6a4b8f1c2d3",
        "agreed": False,
        "text": "",
        "document": {"format": "employee-dex agreement 1", "number": 0},
        "signature": "",
        "key": "",
        "handed_over": [],
    },
    "applications": ["firefox", "outlook", "zoom"],
    "references": [{"name": "head office", "host": "ref.example.org", "port": 443}],
    "services": [{"name": "Intranet", "url": "https://intranet.example.org/"}],
    "intervals": {"events_s": 60, "policy_s": 3600},
    "backlog": {"batches_per_minute": 20.0},
    "pause": {"allowed": True, "hours_most": 4.0},
    "budget": {"cpu_s_per_hour": 4.0, "rss_mib": 64.0},
    "keep_days": {"batches": 30, "rows": 90},
    "server": {},
    "sign_in": {"number": 1, "key": "3q2-7wXh…"},
    "owner": {"epoch": "1f0c9d3c5a6e5d0f8a2b7c9e4d6f1a3b", "shared": False},
    "looks": [
        {
            "day": "2026-03-03",
            "role": "it",
            "name": "",
            "reason": "starts take minutes",
            "ticket": "INC-4711",
            "state": "ended",
            "looked": True,
        }
    ],
    "faults": [
        {
            "fault": "full-disk",
            "since": "2026-03-02",
            "severity": "high",
            "ticket": None,
            "says": "Less than 5 percent of the system disk is free.",
        }
    ],
    "pulse": {
        "period": "2026-P03",
        "first_day": "2026-02-23",
        "last_day": "2026-03-22",
        "labels_hash": "f413ad23159f3608d454fd2f5f78aa399e99e03a3b5062a7feeaf144a06d71e9",
    },
}
_TEAM = {
    "group": "team:Helpdesk",
    "kind": "team",
    "name": "Helpdesk",
    "status": "ok",
    "unit": "Customer Care",
    "people": "20-49",
    "coverage_pct": 100,
    "score": {
        "value": 67.9,
        "low": 62.9,
        "high": 72.8,
        "display": 68,
        "band": "fair",
        "band_certain": True,
        "kind": "full",
        "low_band": "fair",
        "high_band": "fair",
    },
    "technology": {
        "value": 73.9,
        "low": 69.7,
        "high": 78.1,
        "display": 74,
        "band": "fair",
        "band_certain": False,
        "kind": "technology_only",
        "low_band": "fair",
        "high_band": "good",
    },
    "sentiment": {"value": 53.8, "low": 44.6, "high": 63.0, "source": "own"},
    "lost_time": {
        "minutes_per_hour": {"value": 6.3, "low": 5.5, "high": 7.1},
        "undisturbed_pct": 89.5,
        "hours_per_person_week": {"value": 3.0, "low": 2.6, "high": 3.4},
        "about": True,
        "causes": [
            {"name": "slowness", "value": 5.8, "readable_pct": 100},
            {"name": "network", "value": 0.2, "readable_pct": 100},
        ],
        "rounding": 0.1,
        "cost": None,
    },
    "change": {"since": "2026-W04", "state": "not_comparable", "points": None},
    "most_lost": ["crash", "hang"],
    "stands_out": ["latency", "signin"],
}
_BATCH = {
    "batch_id": "5f0c2d1e-8a34-4f7b-9c6d-2b1a0e9f8d77",
    "install_id": _INSTALL,
    "seq": 42,
    "day": "2026-03-04",
    "summary": {
        "revision": 1,
        "usage_s": 27000.0,
        "on_s": 30600.0,
        "boots": 1,
        "boot_s": 31.5,
        "boot_list_s": [31.5],
        "app_crashes": 1,
        "active_min": 450.0,
        "cpu_min": 6.0,
        "cpu_source": "psi",
        "disk_free_pct": 44.0,
        "apps": [{"name": "firefox", "version": "128.3", "hours": 5.5, "crashes": 1, "hangs": 0}],
        "coverage": {"boot": "ok", "crash": "ok", "cpu": "ok"},
    },
    "events": [
        {
            "event_id": "c1f9e2b7-3d64-4a0b-8f25-7e6d5c4b3a21",
            "kind": "crash",
            "hour": 14,
            "app": "firefox",
            "version": "128.3",
            "detail": {"signal": "SIGSEGV"},
        }
    ],
    "facts": {"model": "T14", "os": "linux", "memory_gib": 15.5},
}

_LIFECYCLE_SPAN = {
    "first": "2026-01-01",
    "last": "2026-02-28",
    "k": 5,
    "figures": [
        {
            "figure": "productive",
            "groups": [
                {
                    "unit": None,
                    "people": "10-19",
                    "parts": [
                        {"part": "within_5_days", "percent": 70, "low": 45, "high": 90},
                        {"part": "within_10_days", "percent": 95, "low": 65, "high": 100},
                    ],
                }
            ],
            "median": {"people": "10-19", "median": 3, "low": 2, "high": 6},
        }
    ],
}

EXAMPLES: Mapping[str, Example] = {
    "enrol": Example(
        takes={
            "install_id": _INSTALL,
            "hardware_id": "PF2ABC12",
            "ownership": "company",
            "facts": {"hostname": "lap-0412", "model": "T14", "os": "linux", "memory_gib": 15.5},
        },
        gives={
            "device_id": _LAPTOP,
            "token": "dexd_39720520…_9d1c3a52…_3q2-7wXh…",
            "organisation": _ORGANISATION,
            "policy": _POLICY,
        },
    ),
    "sendBatch": Example(
        takes=_BATCH,
        gives={
            "batch_id": _BATCH["batch_id"],
            "accepted": True,
            "dropped": [
                {
                    "pointer": "/summary/boot_s",
                    "type": "urn:employee-dex:problem:out-of-bounds",
                    "detail": "Expected `float` >= 0.0.",
                }
            ],
        },
    ),
    "getPolicy": Example(gives=_POLICY),
    "getLabels": Example(
        gives={
            "organisation": _ORGANISATION,
            "period": "2026-P03",
            "first_day": "2026-02-23",
            "last_day": "2026-03-22",
            "k": 5,
            "least": 8,
            "labels": [
                {
                    "label": _LABEL,
                    "kind": "row",
                    "group": "Sales",
                    "members": 57,
                    "eligible": 52,
                    "keys": {"core": _NUMBER},
                }
            ],
        }
    ),
    "signTokens": Example(
        takes={
            "period": "2026-P03",
            "tokens": [{"label": _LABEL, "slot": "core", "blinded": _NUMBER}],
        },
        gives={"signatures": [_NUMBER]},
    ),
    "sendAnswer": Example(
        takes={
            "organisation": _ORGANISATION,
            "period": "2026-P03",
            "label": _LABEL,
            "slot": "core",
            "item": "tech_sat",
            "value": 4,
            "token": base64.b64encode(bytes(range(64))).decode(),
            "signature": _NUMBER,
        },
        gives={"accepted": True},
    ),
    "getGroups": Example(
        address={"week": "2026-W08"},
        gives={
            "week": "2026-W08",
            "weeks": ["2026-W05", "2026-W06", "2026-W07", "2026-W08"],
            "periods": ["2026-P02"],
            "model": "dex-1",
            "groups": [_TEAM],
            "helps": [
                {
                    "group": "unit:Customer Care",
                    "signal": "latency",
                    "points": 2.2,
                    "people_at_least": 50,
                    "target": 96.4,
                }
            ],
        },
    ),
    "getGroup": Example(
        address={"kind": "team", "name": "Helpdesk"},
        gives={
            "week": "2026-W08",
            "weeks": ["2026-W05", "2026-W06", "2026-W07", "2026-W08"],
            "periods": ["2026-P02"],
            "model": "dex-1",
            "result": _TEAM,
            "points_lost": [{"name": "sentiment", "value": 13.9}, {"name": "crash", "value": 2.9}],
            "rounding": -0.2,
            "last_week": 73.5,
            "signals": [
                {
                    "name": "boot",
                    "facet": "startup",
                    "unit": "s",
                    "weight": 0.08,
                    "share_pct": 5.6,
                    "score": {"value": 66.3, "low": 56.4, "high": 76.2},
                    "company": 73.5,
                    "value": 66.0,
                    "points_lost": 1.9,
                    "gain": 0.5,
                    "target": 76.0,
                    "middle": [70.8, 76.0],
                }
            ],
            "helps": [
                {
                    "group": "team:Helpdesk",
                    "signal": "latency",
                    "points": 2.0,
                    "people_at_least": 20,
                    "target": 95.5,
                }
            ],
            "terms": {
                "pull": 0.1,
                "within_sd": 10.0,
                "between_sd": 4.0,
                "teams": 11,
                "gauges": [{"name": "boot", "own": 65.0, "company": 73.5, "score": 66.3}],
                "rates": [
                    {
                        "name": "crash",
                        "unit": "per 100 h",
                        "own": 1.1,
                        "company": 1.2,
                        "shrunk": 1.1,
                        "dispersion": 1.0,
                        "prior_shape": 11.0,
                        "prior_hours": 960.0,
                        "score": 68.4,
                        "sd": 3.7,
                    }
                ],
                "gauge_share_pct": 70.0,
                "gauge_sd": 2.0,
                "technology_sd": 2.1,
                "sentiment_sd": 4.7,
                "score_sd": 2.5,
                "hours_class": 0,
            },
            "trend": [
                {
                    "week": "2026-W08",
                    "group": "team:Helpdesk",
                    "status": "ok",
                    "score": _TEAM["score"],
                    "technology": _TEAM["technology"],
                    "last_week": 73.5,
                    "basket": [
                        "battery",
                        "boot",
                        "cpu",
                        "crash",
                        "disk",
                        "hang",
                        "latency",
                        "loss",
                        "memory",
                        "oscrash",
                        "patch",
                        "sentiment",
                        "signin",
                        "space",
                    ],
                }
            ],
        },
    ),
    "getRelease": Example(
        address={"week": "2026-W08"},
        gives={
            "week": "2026-W08",
            "model": "dex-1",
            "least_people": 5,
            "released_on": "2026-02-25",
            "digest": "91439a5b35ef55b84ef216c3a0f328f8e57f6646487d2fd7b3cb834bf3221c49",
            "previous": "93eb26ebe847f4211514b07dfd97ea157539dd777a5e0a56c69b5c52095a49a1",
            "groups": ["company:company", "team:Helpdesk"],
            "who_counts": [
                {"unit": None, "outcome": None, "people": 222},
                {"unit": "Customer Care", "outcome": None, "people": 57},
                {"unit": "Customer Care", "outcome": "counted", "people": 57},
            ],
            "late": 0,
        },
    ),
    "getFleet": Example(
        gives={
            "counted_on": "2026-03-04",
            "counts": {
                "active": 412,
                "retired": 9,
                "new": 6,
                "never_sent": 3,
                "silent": 21,
                "unassigned": 11,
                "shared": 4,
                "clones": 0,
                "heard": 382,
                "systems": [{"name": "linux", "laptops": 382}],
                "models": [{"name": "Lenovo T14", "laptops": 382}],
                "agents": [{"name": "0.6.0", "laptops": 382}],
                "other_models": 0,
                "other_agents": 0,
                "coverage": {"linux": {"crash": {"ok": 380, "denied": 2}}},
                "drops": [{"reason": "out-of-bounds", "field": "boot_s", "laptops": 1, "values": 3}],
            },
        },
    ),
    "getLifecycle": Example(
        gives={
            "year": _LIFECYCLE_SPAN,
            "periods": [_LIFECYCLE_SPAN],
        },
    ),
    "getFaults": Example(
        gives={
            "looked_on": "2026-03-04",
            "faults": [
                {
                    "asset_tag": "PF2ABC12",
                    "model": "Lenovo T14",
                    "fault": "crashing-application:firefox",
                    "since": "2026-03-02",
                    "severity": "medium",
                    "ticket": "INC-4711",
                }
            ],
        },
    ),
    "getAudit": Example(
        address={"after": "41"},
        gives={
            "organisation": _ORGANISATION,
            "start": {"number": 0, "digest": ""},
            "end": {
                "number": 42,
                "digest": "0b2bd0c4a5a4f1c9d3c6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4",
            },
            "entries": [
                {
                    "number": 42,
                    "day": "2026-03-04",
                    "who": "command line",
                    "action": "policy changed",
                    "about": "services",
                    "reason": None,
                    "digest": "0b2bd0c4a5a4f1c9d3c6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4",
                }
            ],
        },
    ),
    "getDescription": Example(),
    "isReady": Example(gives={"ready": True, "missing": {}}),
    "isAlive": Example(gives="ok\n"),
    "getReleasedFigures": Example(gives='dex_released_score_value{group="team:Helpdesk"} 64.8\n'),
    "getCounts": Example(gives='dex_batches_total{outcome="stored"} 1834.0\n'),
}
"""By the name of the call."""
