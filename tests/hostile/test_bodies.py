"""Bodies that are meant to harm: each is refused by a problem of its own, or what is right in it is taken.

The collector stays well and does not grow.
"""

import gzip
import json
import os
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import factories
import pytest
from under_fire import Target

from server.clock import utc_now

GROWTH_MIB = 96.0
"""What all of this may cost a collector at most, for good: its caches, and what the allocator keeps."""
MIB = 2**20

GZIP = "Content-Encoding: gzip"


def zeros(count: int) -> bytes:
    return gzip.compress(bytes(count), mtime=0)


def lying_about_its_length(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)[:-4] + struct.pack("<I", 1)


PACKED: dict[str, tuple[bytes, str]] = {
    "200 MiB in 200 KiB": (zeros(200 * MIB), "body-too-large"),
    "one byte too much": (zeros(2 * MIB + 1), "body-too-large"),
    "spaces up to the limit": (gzip.compress(b" " * 2 * MIB, mtime=0), "malformed-body"),
    "a bomb in a bomb": (gzip.compress(zeros(100 * MIB), mtime=0), "malformed-body"),
    "many members": (b"".join([gzip.compress(b"{}", mtime=0)] * 5000), "malformed-body"),
    "a second member": (gzip.compress(b"{}", mtime=0) + zeros(MIB), "malformed-body"),
    "cut short": (zeros(MIB)[:-9], "malformed-body"),
    "without its end": (gzip.compress(b"{}", mtime=0)[:-8], "malformed-body"),
    "the head alone": (gzip.compress(b"{}", mtime=0)[:10], "malformed-body"),
    "a head without end": (b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 100_000, "malformed-body"),
    "wrong check sum": (gzip.compress(b"{}", mtime=0)[:-8] + bytes(8), "malformed-body"),
    "lying about its length": (lying_about_its_length(b"{}"), "malformed-body"),
    "noise after the magic": (b"\x1f\x8b\x08\x00" + os.urandom(50_000), "malformed-body"),
    "not packed at all": (b"{}", "malformed-body"),
    "nothing": (b"", "malformed-body"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_body_costs_no_more_than_its_limit(target: Target, name: str) -> None:
    body, problem = PACKED[name]
    before = target.memory_mib
    assert target.deliver(body, GZIP).problem == problem
    assert target.memory_mib - before < GROWTH_MIB


def in_a_batch(part: str) -> Callable[[dict], bytes]:
    """A right batch with this text of JSON as its summary."""
    return lambda batch: json.dumps(batch | {"summary": "@"}).replace('"@"', part).encode()


def unknown(count: int) -> str:
    return json.dumps({f"x{number}": 1 for number in range(count)} | {"revision": 1})


TEXTS: dict[str, tuple[bytes | Callable[[dict], bytes], str]] = {
    "100,000 lists in each other": (b"[" * 100_000 + b"]" * 100_000, "body-too-large"),
    "100,000 objects in each other": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "body-too-large"),
    "15,000 lists in each other": (b"[" * 15_000 + b"]" * 15_000, "malformed-body"),
    "15,000 objects in each other": (b'{"a":' * 15_000 + b"1" + b"}" * 15_000, "malformed-body"),
    "700,000 lists": (b'{"events": [' + b"[]," * 690_000 + b"[]]}", "body-too-large"),
    "a million keys": (b'{"a":1' + b',"":1' * 350_000 + b"}", "body-too-large"),
    "lists in a summary": (in_a_batch('{"apps": ' + "[" * 15_000 + "]" * 15_000 + "}"), "malformed-body"),
    "lists that never close": (b"[" * 15_000, "malformed-body"),
    "a number of 100,000 digits": (in_a_batch('{"boots": ' + "9" * 100_000 + "}"), "malformed-body"),
    "an exponent beyond all": (in_a_batch('{"boot_s": 1e999999999}'), "malformed-body"),
    "NaN": (in_a_batch('{"boot_s": NaN}'), "malformed-body"),
    "Infinity": (in_a_batch('{"boot_s": -Infinity}'), "malformed-body"),
    "a lone surrogate": (in_a_batch('{"app_source": "\\ud800"}'), "malformed-body"),
    "a byte-order mark": (b"\xef\xbb\xbf{}", "malformed-body"),
    "UTF-16": ("{}".encode("utf-16"), "malformed-body"),
    "invalid UTF-8": (b'{"batch_id": "\xff\xfe"}', "malformed-body"),
    "overlong UTF-8": (b'{"batch_id": "\xc0\x80"}', "malformed-body"),
    "a NUL": (b'{"batch_id": "\x00"}', "malformed-body"),
    "two documents": (b"{}{}", "malformed-body"),
    "nothing": (b"", "malformed-body"),
    "a list": (b"[]", "invalid-batch"),
    "null": (b"null", "invalid-batch"),
    "an id with a clock": (lambda b: json.dumps(b | {"batch_id": CLOCKED}).encode(), "invalid-batch"),
    "no revision": (in_a_batch("{}"), "invalid-batch"),
    "a day of the year 0": (lambda b: json.dumps(b | {"day": "0000-01-01"}).encode(), "invalid-batch"),
    "a day of the year 9999": (lambda b: json.dumps(b | {"day": "9999-12-31"}).encode(), "day-in-future"),
    "a sequence beyond all": (lambda b: json.dumps(b | {"seq": 2**70}).encode(), "invalid-batch"),
    "15,000 events": (lambda b: json.dumps(b | {"events": [1] * 15_000}).encode(), "invalid-batch"),
    "15,000 rows": (in_a_batch('{"revision": 1, "apps": [' + "1," * 14_999 + "1]}"), ""),
    "5,000 fields that nobody knows": (in_a_batch(unknown(5_000)), ""),
    "15,000 fields that nobody knows": (in_a_batch(unknown(15_000)), "invalid-batch"),
    "the same field again": (in_a_batch('{"revision": 1, "boots": 1, "boots": 2}'), ""),
    "a huge revision": (in_a_batch('{"revision": 1000000001}'), "invalid-batch"),
    "control characters": (
        in_a_batch('{"revision": 1, "apps": [{"name": "a\\u0000b", "hours": 1}]}'),
        "",
    ),
    "minus zero and the smallest number": (in_a_batch('{"revision": 1, "boot_s": 5e-324, "on_s": -0.0}'), ""),
}
CLOCKED = "6fa459ea-ee8a-1ca4-894e-db77e160355e"


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_hard_to_read_is_refused_or_read(target: Target, name: str) -> None:
    text, problem = TEXTS[name]
    batch = factories.batch(target.laptop, seq=len(name), day=utc_now().date())
    body = text if isinstance(text, bytes) else text(batch)
    before = target.memory_mib
    answer = target.deliver(gzip.compress(body), GZIP)
    assert (answer.problem, answer.status == 200) == (problem, not problem), answer
    assert target.memory_mib - before < GROWTH_MIB


@pytest.mark.parametrize("name", TEXTS)
def test_an_enrolment_and_an_answer_of_the_pulse_with_the_same_text_are_refused(
    target: Target, name: str
) -> None:
    text, _ = TEXTS[name]
    body = text if isinstance(text, bytes) else text({})
    assert target.post("/api/v1/enroll", gzip.compress(body), GZIP, token=target.key).problem in (
        "malformed-body",
        "invalid-enrolment",
        "body-too-large",
    )
    assert target.post("/api/v1/pulse/answers", body, token="").problem in (
        "malformed-body",
        "body-too-large",
    )
    assert target.post("/api/v1/pulse/tokens", body).problem in ("malformed-body", "body-too-large")


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        (["Content-Encoding: br"], "unsupported-media-type"),
        (["Content-Encoding: gzip, gzip"], "unsupported-media-type"),
        (["Content-Encoding: gzip", "Content-Encoding: gzip"], "unsupported-media-type"),
        (["Content-Type: text/plain"], "unsupported-media-type"),
        (["Content-Type: multipart/form-data; boundary=x"], "unsupported-media-type"),
        (["Content-Type: application/json; charset=utf-7"], "invalid-batch"),
        (["Content-Type: " + "x" * 10_000], "unsupported-media-type"),
    ],
)
def test_only_json_plain_or_in_gzip_is_read(target: Target, headers: list[str], problem: str) -> None:
    assert target.deliver(b"{}", *headers).problem == problem


def test_bombs_at_the_same_time_cost_no_more_than_the_threads_hold(target: Target) -> None:
    """64 senders at once, with what decodes to the most there is, and one text as long as may be."""
    lists = b"[]," * 9_000 + b"[]"
    long = b'"' + b"a" * (2 * MIB - len(lists) - 100) + b'"'
    bomb = gzip.compress(b'{"events": [' + lists + b'], "day": ' + long + b"}", mtime=0)
    before = target.memory_mib
    with ThreadPoolExecutor(64) as senders:
        answers = list(senders.map(lambda _: target.deliver(bomb, GZIP).problem, range(64)))
    assert set(answers) <= {"invalid-batch", "malformed-body", "busy-reading", "busy"}
    assert target.is_well()
    assert target.memory_mib - before < 4 * GROWTH_MIB


def test_after_all_of_it_batches_are_taken(target: Target) -> None:
    assert target.is_well()
