"""Laptops that deliver: a program of its own, so that what it costs is not counted with the collector.

    python -m tests.bench.ingest_load HOST PORT CONNECTIONS RATE < REQUESTS

REQUESTS is a pickled list of whole HTTP requests. Each connection sends one and waits for its answer before
the next. With a RATE (requests a second, 0: as fast as they are answered) each has its moment, at random as
laptops have, and its time to answer counts from that moment on. Prints a JSON object.
"""

import json
import pickle
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass

SILENCE_SECONDS = 60
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Connection:
    """`begun` is when the request that is being answered should have left."""

    socket: socket.socket
    begun: float = 0.0
    received: bytes = b""


def deliver(address: tuple[str, int], requests: list[bytes], connections: int, rate: float) -> dict:
    """Seconds it took, seconds to each answer, and how often each answer came."""
    moments = _moments(len(requests), rate)
    waiting = deque(zip(moments, requests, strict=True))
    chosen = selectors.DefaultSelector()
    free = []
    for _ in range(connections):
        made = socket.create_connection(address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        free.append(Connection(made))
        chosen.register(made, selectors.EVENT_READ, free[-1])
    seconds, answers, start = [], Counter(), time.perf_counter()
    while len(seconds) < len(requests):
        now = time.perf_counter() - start
        while free and waiting and waiting[0][0] <= now:
            due, request = waiting.popleft()
            one = free.pop()
            one.begun = due if rate else now
            one.socket.sendall(request)
        idle = SILENCE_SECONDS if not (free and waiting) else waiting[0][0] - now
        ready = chosen.select(max(0.0, idle))
        if not ready and idle >= SILENCE_SECONDS:
            raise TimeoutError("the collector does not answer")
        for key, _ in ready:
            one = key.data
            answer = _answered(one)
            if answer is not None:
                seconds.append(time.perf_counter() - start - one.begun)
                answers[answer] += 1
                free.append(one)
    return {"took": time.perf_counter() - start, "seconds": seconds, "answers": answers}


def _moments(number: int, rate: float) -> list[float]:
    if not rate:
        return [0.0] * number
    dice = random.Random(1)
    moments, at = [], 0.0
    for _ in range(number):
        at += dice.expovariate(rate)
        moments.append(at)
    return moments


def _answered(one: Connection) -> str | None:
    """The status and, if it is a refusal, its reason, once all of the answer is here."""
    piece = one.socket.recv(65_536)
    if not piece:
        raise ConnectionError("the collector closed a connection")
    one.received += piece
    head, end, rest = one.received.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    if not end or not found or len(rest) < int(found[1]):
        return None
    one.received = b""
    status = head.split(b" ", 2)[1].decode()
    return status if status == "200" else f"{status} {json.loads(rest).get('detail')}"


if __name__ == "__main__":
    host, port, connections, rate = sys.argv[1:]
    requests = pickle.load(sys.stdin.buffer)  # noqa: S301 (from the bench that started this)
    print(json.dumps(deliver((host, int(port)), requests, int(connections), float(rate))))
