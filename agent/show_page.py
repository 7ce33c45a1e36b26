"""`dex-agent show --page`: one page, shown once, to whoever holds the address with its one-time token.

A loopback server on a free port answers a single request and ends: no cookies, the Host header checked
(a web page elsewhere cannot read this one through a name that points here), nothing loaded from outside.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from html import escape
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

from agent import ledger, show
from agent.ledger import Entry
from agent.local_time import MINUTE, clock_time, day_of
from agent.show import Report

WAIT_SECONDS = 180.0
"""How long the page waits to be opened."""
LINE_SECONDS = 5.0
"""How long one connection may take."""

STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --ground: #ffffff; --raised: #f6f8fa;
  --line: #d0d7de; --accent: #0b57d0; --active: #0072b2; --pressed: #d55e00; --offline: #cc79a7; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9ea7b3; --ground: #0d1117;
  --raised: #161b22; --line: #30363d; --accent: #7cacf8; --active: #56b4e9; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  max-inline-size: 60rem; margin-inline: auto; padding: 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.2rem; margin-block-start: 2rem }
p, li { max-inline-size: 72ch } .muted { color: var(--muted) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: .25rem .75rem .25rem 0; border-block-end: 1px solid var(--line) }
td.number, th.number { text-align: end }
svg.strip { min-inline-size: 45rem; inline-size: 100%; block-size: auto; background: var(--raised) }
.awake { fill: var(--line) } .active { fill: var(--active) } .pressed { fill: var(--pressed) }
.offline { fill: var(--offline) } .tick { fill: var(--muted); font-size: 18px }
.key { display: inline-block; inline-size: .8rem; block-size: .8rem; vertical-align: baseline }
.scroll { overflow-x: auto }
pre { background: var(--raised); padding: .75rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .85rem }
summary { cursor: pointer; padding-block: .25rem } :focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class OnePage:
    """A loopback server with one page. `address` is to be opened within WAIT_SECONDS."""

    def __init__(self, page: str) -> None:
        self._token = secrets.token_urlsafe(32)
        self._page = page.encode()
        self.shown = False
        self._server = TCPServer(("127.0.0.1", 0), self._handler())
        self._host = f"127.0.0.1:{self._server.server_address[1]}"
        self.address = f"http://{self._host}/{self._token}"

    def serve(self, wait: float = WAIT_SECONDS) -> bool:
        """Wait for the one request; whether the page was shown."""
        ends = time.monotonic() + wait
        try:
            while not self.shown and (left := ends - time.monotonic()) > 0:
                self._server.timeout = left
                self._server.handle_request()
        finally:
            self._server.server_close()
        return self.shown

    def _answer(self, path: str, host: str) -> tuple[int, bytes]:
        if host != self._host:
            return 421, b"This page has one address alone."
        if not hmac.compare_digest(path.removeprefix("/").encode(), self._token.encode()):
            return 404, b"There is nothing here."
        self.shown = True
        return 200, self._page

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        one_page = self

        class Handler(BaseHTTPRequestHandler):
            timeout = LINE_SECONDS
            server_version, sys_version = "dex-agent", ""

            def do_GET(self) -> None:
                status, body = one_page._answer(self.path, self.headers.get("Host", ""))
                self.send_response(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The address holds a secret: nothing is logged."""

        return Handler


def page(found: Report) -> str:
    """The whole page; every text that came from a program or a person is escaped."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This laptop, today</title><style>{STYLE}</style></head><body><main>
<h1>This laptop, {escape(day_of(found.now))}</h1>
<p>{escape(show.first_sentence(found))}</p>
<p class="muted">Everything on this page was read from this laptop by this laptop. It is shown once; run
<code>dex-agent show --page</code> again for a fresh one.</p>
<h2>Today’s minutes</h2>
<p class="muted">They stay here. What leaves is one summary of the day.</p>
{_strip(found)}{_hours(found)}
<h2>What happened, at its exact time</h2>
<p class="muted">Only the hour of a fault leaves this laptop, and no name of a program that your company
did not list.</p>
{_list(map(show.happening_words, found.happenings), "Nothing was seen to fail today.")}
<h2>Programs known here alone</h2>
{_list(found.unnamed, "None of today’s events is about a program outside the list.")}
<h2>What today’s summary would say now</h2>
{_list(ledger.summary_words(found.summary), "Nothing was measured yet.")}
<h2>What waits to be sent</h2>
{_entries(found.waiting, "No batch waits.")}
<p>{show.count_of(found.waiting_events, "event")} will go with the next batch.</p>
<h2>What left this laptop</h2>
{_entries(found.sent, "Nothing has left it yet.")}
<h2>What was dropped</h2>
{_list(show.dropped_words(found.dropped), "Nothing was dropped in the last 30 days.")}
</main></body></html>
"""


def _strip(found: Report) -> str:
    """A day as 1440 minutes from left to right, drawn by attributes alone."""
    if not found.minutes:
        return "<p>No minute of today was seen yet.</p>"
    marks = []
    for minute in found.minutes:
        at = clock_time(minute.number * MINUTE)
        x = int(at[:2]) * 60 + int(at[3:5])
        kind = "offline" if minute.offline else "pressed" if minute.pressed else "active"
        kind = kind if minute.active_min > 0 else "awake"
        height = 40 if kind != "awake" else 12
        marks.append(f'<rect class="{kind}" x="{x}" y="{44 - height}" width="1" height="{height}"/>')
    ticks = "".join(
        f'<text class="tick" x="{hour * 60}" y="64">{hour:02}:00</text>' for hour in range(0, 24, 3)
    )
    keys = "".join(
        f'<svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="{kind}" width="1" height="1"/>'
        f"</svg> {word}&ensp;"
        for kind, word in show.COLUMNS.items()
    )
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Strip of the day">'
        '<svg class="strip" viewBox="0 0 1440 70" role="img"'
        ' aria-label="Minutes of today; the table has the numbers">'
        f"{''.join(marks)}{ticks}</svg></div><p>{keys}</p>"
    )


def _hours(found: Report) -> str:
    head = "".join(f'<th class="number" scope="col">{word}</th>' for word in show.COLUMNS.values())
    body = "".join(
        f'<tr><th scope="row">{row["hour"]}:00</th>'
        + "".join(f'<td class="number">{show.hour_words(row, name)}</td>' for name in show.COLUMNS)
        + "</tr>"
        for row in show.hours_of(found)
    )
    return (
        '<div class="scroll"><table><caption>Minutes by the hour</caption><thead><tr>'
        f'<th scope="col">from</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _list(lines: Iterable[str], nothing: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else f"<p>{escape(nothing)}</p>"


def _entries(entries: Iterable[Entry], nothing: str) -> str:
    return "".join(map(_entry, entries)) or f"<p>{escape(nothing)}</p>"


def _entry(entry: Entry) -> str:
    batch = entry.batch
    when = f", {batch.state} at {clock_time(batch.answered_at)}" if batch.answered_at else ""
    title = f"Day {batch.day}, {len(batch.body)} bytes{when}"
    answer = f"<p>The collector said: {escape(batch.answer)}</p>" if batch.answer else ""
    return (
        f"<details><summary>{escape(title)}</summary>{answer}{_list(entry.words, 'It says nothing.')}"
        f"<p>Exactly as it was sent, before compression:</p><pre>{escape(entry.exact)}</pre></details>"
    )
