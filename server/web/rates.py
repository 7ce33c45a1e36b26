"""How often one laptop, and one address, may knock. Counted in the memory of this process and nowhere else.

A laptop may send so many requests a second, and five minutes' worth of them at once. An address is counted
for refused requests alone, because a whole office may share one; beyond its measure it is sent away before
anything is looked up.
"""

import functools
import ipaddress
import math
import secrets
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from server.config import Settings
from server.errors import Problem, TryLater

BURST_SECONDS = 300.0
"""Who was quiet so long may send at once what the rate allows in this time."""
MOST_SENDERS = 100_000
"""So many are remembered; a sender whose measure is full again needs no memory."""
RETRY_SECONDS = 30
RETRY_SPREAD = 90
"""Laptops that were sent away return spread over so many seconds after the first thirty."""
RETURNS_PER_SECOND = 25.0
"""So many of them return at most; where there are more, the later ones wait longer. With a month of batches
each they bring what one process takes; many more would keep it busy with saying no."""
RETRY_MOST = 3600
"""Nobody waits longer, as no laptop does by itself."""
_IPV6_SITE = 64
_NOT_COUNTED = ("health",)
"""Blueprints that a watcher may ask at any rate."""


View = TypeVar("View", bound=Callable[..., Any])


class TooManyRequests(Problem):
    status, slug, title = 429, "too-many-requests", "More requests than are taken from one sender"


def retry_after(device_id: UUID, wait: float = RETRY_SECONDS) -> dict[str, str]:
    """When this laptop may come back; each at another moment, so that a fleet does not return as one."""
    return {"Retry-After": str(math.ceil(max(wait, RETRY_SECONDS)) + device_id.int % RETRY_SPREAD)}


def retry_anywhere() -> dict[str, str]:
    """The same for whoever is not known yet."""
    return {"Retry-After": str(RETRY_SECONDS + secrets.randbelow(RETRY_SPREAD))}


class Rate:
    """Measures senders, each by itself: `per_second` requests on, and a burst; 0 measures nobody."""

    def __init__(self, per_second: float, most_senders: int = MOST_SENDERS) -> None:
        self._seconds_each = 1 / per_second if per_second else 0.0
        self._most = most_senders
        self._used_until: dict[Hashable, float] = {}
        """Until when the rate is used up by what was sent so far; in the past for a full measure."""
        self._lock = threading.Lock()

    def wait(self, sender: Hashable, now: float) -> float:
        """Seconds until this sender may send again; 0 if now."""
        return max(0.0, self._used_until.get(sender, now) - now - BURST_SECONDS)

    def take(self, sender: Hashable, now: float) -> float:
        """As `wait`, and if now, it has sent one."""
        if not self._seconds_each:
            return 0.0
        with self._lock:
            wait = self.wait(sender, now)
            if not wait:
                self._used_until[sender] = max(now, self._used_until.get(sender, now)) + self._seconds_each
                if len(self._used_until) > self._most:
                    self._forget(now)
        return wait

    def _forget(self, now: float) -> None:
        """Those whose measure is full; and all, if a flood of senders is not to fill the memory."""
        self._used_until = {s: until for s, until in self._used_until.items() if until > now}
        if len(self._used_until) > self._most // 2:
            self._used_until.clear()


def at_once(most: int) -> Callable[[View], View]:
    """At most so many calls of this view run at the same time; the others are told to come back."""
    free = threading.BoundedSemaphore(most)

    def bounded(view: View) -> View:
        @functools.wraps(view)
        def called(*args: Any, **kwargs: Any) -> Any:
            if not free.acquire(blocking=False):
                raise TryLater("Come back later.", headers=retry_anywhere())
            try:
                return view(*args, **kwargs)
            finally:
                free.release()

        return cast(View, called)

    return bounded


class Line:
    """Who was sent away for want of room returns when nobody else does: a fleet does not knock in vain."""

    def __init__(self) -> None:
        self._taken_until = 0.0
        self._lock = threading.Lock()

    def wait(self, least: float, now: float) -> float:
        """Seconds until this one's turn, `least` or more."""
        with self._lock:
            self._taken_until = max(self._taken_until, now + RETRY_SECONDS) + 1 / RETURNS_PER_SECOND
            return min(max(least, self._taken_until - now), RETRY_MOST)


class Rates:
    """The measures of one collector process."""

    def __init__(self, settings: Settings) -> None:
        self._laptops = Rate(settings.device_rate)
        self._refused = Rate(settings.address_rate)
        self._line = Line()

    def expect_laptop(self, device_id: UUID) -> None:
        """Raises TooManyRequests if this laptop has sent too much; counts nothing."""
        wait = self._laptops.wait(device_id, time.monotonic())
        if wait:
            raise TooManyRequests("Come back later.", headers=retry_after(device_id, wait))

    def count_laptop(self, device_id: UUID) -> None:
        """Count a request that was expected, now that it is known whose it is."""
        self._laptops.take(device_id, time.monotonic())

    def check_laptop(self, device_id: UUID) -> None:
        """Count a request of a laptop that is known. Raises TooManyRequests."""
        wait = self._laptops.take(device_id, time.monotonic())
        if wait:
            raise TooManyRequests("Come back later.", headers=retry_after(device_id, wait))

    def check_address(self, address: str) -> None:
        """Raises TooManyRequests for one from which too many requests were refused."""
        wait = self._refused.wait(address, time.monotonic())
        if wait:
            raise TooManyRequests("Come back later.", headers={"Retry-After": str(math.ceil(wait))})

    def line_up(self, wait: str) -> str:
        """The Retry-After of a laptop for which there was no room, who would have waited so long alone."""
        return str(math.ceil(self._line.wait(float(wait), time.monotonic())))

    def count_refused(self, address: str) -> None:
        self._refused.take(address, time.monotonic())


def limit_rates(app: Flask, settings: Settings) -> None:
    """Measure every request of this application."""
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    rates = app.extensions["rates"] = Rates(settings)

    @app.before_request
    def check() -> None:
        if request.blueprint not in _NOT_COUNTED and (address := sender()):
            rates.check_address(address)

    @app.after_request
    def count(response: Response) -> Response:
        refused = 400 <= response.status_code < 500 and response.status_code != TooManyRequests.status
        if refused and (address := sender()):
            rates.count_refused(address)
        delivers = request.method == "POST"  # who only asked for its policy has no place in the line yet
        if (
            delivers
            and response.status_code == TryLater.status
            and (wait := response.headers.get("Retry-After"))
        ):
            response.headers["Retry-After"] = rates.line_up(wait)
        return response


def sender() -> str:
    """Whom this request's address stands for."""
    return sender_at(request.remote_addr or "")


def sender_at(address_text: str) -> str:
    """Whom an address stands for; nobody for this machine, where a proxy may speak for all."""
    try:
        address = ipaddress.ip_address(address_text)
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False))
