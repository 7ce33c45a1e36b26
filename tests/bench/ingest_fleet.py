"""Laptops with realistic days, and the whole HTTP requests in which they deliver them.

A day's summary has 12 applications, two business services and all sources; it has about 0.9 KB packed. What
its numbers are differs by laptop and edition, so that nothing compresses better than in life.
"""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import factories
from factories import EnrolledDevice

from agent.signals import COVERED
from server.db import Store
from server.people.organisations import create_organisation

APPLICATIONS = (
    *("firefox", "chrome", "outlook", "teams", "excel", "word"),
    *("code", "terminal", "sap-gui", "acrobat", "slack", "other"),
)
SERVICES = ("Intranet", "Mail")

Sent = list[tuple[EnrolledDevice, bytes]]
"""Bodies, and the laptops that send them."""


def enrol(store: Store, number: int, today: date) -> list[EnrolledDevice]:
    """An organisation with so many laptops."""
    with store.transaction() as session:
        org_id = create_organisation(session, "main", "Main", today).org_id
        return [factories.enrol_device(session, org_id, today) for _ in range(number)]


def with_summary(device: EnrolledDevice, seq: int, day: date, revision: int = 1) -> bytes:
    """The body of a batch with an edition of the day's summary."""
    dice = random.Random(f"{device.device_id} {seq}")
    return factories.packed(factories.batch(device, seq, day, summary=_summary(dice, revision)))


def with_event(device: EnrolledDevice, seq: int, day: date) -> bytes:
    """The body of a batch with one event, the smallest there is."""
    dice = random.Random(f"{device.device_id} {seq}")
    app, version = dice.choice(APPLICATIONS), f"{dice.randrange(200)}.{dice.randrange(10)}"
    hang = factories.event("hang", app=app, version=version, value=_number(dice, 60))
    return factories.packed(factories.batch(device, seq, day, events=[hang]))


def days(devices: list[EnrolledDevice], days: Sequence[date], editions: int = 1, first_seq: int = 1) -> Sent:
    """Each laptop's summary of these days, in so many editions that come at other times."""
    return [
        (device, with_summary(device, first_seq + number * editions + edition, day, edition + 1))
        for number, day in enumerate(days)
        for edition in range(editions)
        for device in devices
    ]


def hangs(devices: list[EnrolledDevice], day: date, number: int, first_seq: int) -> Sent:
    """So many batches of one event, of one laptop after the other."""
    return [
        (device, with_event(device, first_seq + at, day))
        for at in range(number)
        for device in [devices[at % len(devices)]]
    ]


def request(device: EnrolledDevice, body: bytes) -> bytes:
    """What a laptop sends, with the headers of one."""
    head = (
        "POST /api/v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: dex-agent/1\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: application/json\r\nConnection: keep-alive\r\n"
        f"Authorization: Bearer {device.token}\r\nContent-Type: application/json\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _summary(dice: random.Random, revision: int) -> dict[str, Any]:
    apps = [
        {
            "name": name,
            "version": f"{dice.randrange(200)}.{dice.randrange(10)}.{dice.randrange(5000)}",
            "hours": round(dice.random() * 2, 4),
            "crashes": int(dice.random() < 0.05),
            "hangs": int(dice.random() < 0.1),
        }
        for name in APPLICATIONS
    ]
    services = [
        {"name": name, "checks": dice.randrange(30), "failures": {}, "first_byte_ms": _number(dice, 200)}
        for name in SERVICES
    ]
    minutes = {name: _number(dice, 60) for name in ("cpu_min", "mem_min", "disk_min", "pressure_min")}
    seconds = {name: _number(dice, 30_000) for name in ("usage_s", "on_s", "app_s")}
    start, sign_in = _number(dice, 90), _number(dice, 40)
    statistics = {
        "version": "0.1.0",
        "cpu_s": _number(dice, 20),
        "rss_peak_mib": _number(dice, 30),
        "bytes_sent": dice.randrange(20_000),
        "dropped": {},
        "clock_offset_s": _number(dice, 2),
    }
    return factories.summary(
        **minutes,
        **seconds,
        revision=revision,
        apps=apps,
        services=services,
        boot_s=start,
        boot_list_s=[start],
        signin_s=sign_in,
        signin_list_s=[sign_in],
        active_min=_number(dice, 500),
        rtt_ms=_number(dice, 60),
        wifi_signal_pct=_number(dice, 100),
        disk_free_pct=_number(dice, 100),
        probes=dice.randrange(500),
        coverage=dict.fromkeys(COVERED, "ok") | {"battery": "absent"},
        gap_min={"network": _number(dice, 5)},
        agent=[statistics],
    )


def _number(dice: random.Random, high: float) -> float:
    return round(dice.random() * high, 3)
