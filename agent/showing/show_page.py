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

from agent.language.formats import day_words, size
from agent.language.languages import LANGUAGES
from agent.language.words import _, language, ngettext
from agent.local_time import MINUTE, clock_time, day_of
from agent.showing import ledger, show
from agent.showing.ledger import Entry
from agent.showing.show import Report
from agent.showing.value_words import BATCH_WORDS
from agent.store.minutes import Minute

WAIT_SECONDS = 180.0
"""How long the page waits to be opened."""
LINE_SECONDS = 5.0
"""How long one connection may take."""

COMMAND = "dex-agent show --page"

STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --ground: #ffffff; --raised: #f6f8fa;
  --line: #d0d7de; --accent: #0b57d0; --active: #0072b2; --pressed: #d55e00; --offline: #cc79a7; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9ea7b3; --ground: #0d1117;
  --raised: #161b22; --line: #30363d; --accent: #7cacf8; --active: #56b4e9; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  max-inline-size: 60rem; margin-inline: auto; padding: 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.2rem; margin-block-start: 2rem }
body:lang(ar) { font-size: 17.6px; line-height: 1.7 }
p, li { max-inline-size: 72ch } .muted { color: var(--muted) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: .25rem .75rem .25rem 0; border-block-end: 1px solid var(--line) }
td.number, th.number { text-align: end }
svg.strip { min-inline-size: 45rem; inline-size: 100%; block-size: auto; background: var(--raised) }
.awake { fill: var(--line) } .active { fill: var(--active) } .pressed { fill: var(--pressed) }
.offline { fill: var(--offline) } .tick { fill: var(--muted); font-size: 18px }
.key { display: inline-block; inline-size: .8rem; block-size: .8rem; vertical-align: baseline }
.scroll { overflow-x: auto } code { white-space: nowrap }
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
    """The whole page; every text that came from a program, a person or a catalogue is escaped."""
    spoken = LANGUAGES[language()]
    said = _texts(found)
    return f"""<!doctype html>
<html lang="{spoken.code}" dir="{spoken.direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{said["title"]}</title><style>{STYLE}</style></head><body><main>
<h1>{said["heading"]}</h1>
<p>{escape(show.first_sentence(found))}</p>
<p>{escape(found.agreement)}</p>{_list(found.refused, "") if found.refused else ""}
<p class="muted">{said["once"]}</p>
<h2>{said["faults"]}</h2>
<p class="muted">{said["faults only"]}</p>
{_list(found.faults, _("Nothing, as far as the last policy says."))}
<h2>{said["looks"]}</h2>
<p class="muted">{said["looks only"]}</p>
{_list(found.looks, _("Nobody, as far as the last policy says."))}
<h2>{said["minutes"]}</h2>
<p class="muted">{said["minutes stay"]}</p>
{_strip(found)}{_hours(found)}
<h2>{said["busy"]}</h2>
<p class="muted">{said["busy stays"]}</p>
{_list(show.busy_words(found), _("No slow minute was looked at today."))}
<h2>{said["happened"]}</h2>
<p class="muted">{said["hour leaves"]}</p>
{_list(map(show.happening_words, found.happenings), _("Nothing was seen to fail today."))}
<h2>{said["unnamed"]}</h2>
{_list(found.unnamed, _("None of today’s events is about a program outside the list."))}
<h2>{said["summary"]}</h2>
{_list(ledger.summary_words(found.summary), _("Nothing was measured yet."))}
<h2>{said["waits"]}</h2>
{_entries(found.waiting, _("No batch waits."))}
<p>{said["events wait"]}</p>
<h2>{said["left"]}</h2>
{_entries(found.sent, _("Nothing has left it yet."))}
{"".join(f"<p>{escape(line)}</p>" for line in show.left_out_words(found))}
<h2>{said["dropped"]}</h2>
{_list(show.dropped_words(found.dropped), _("Nothing was dropped in the last 30 days."))}
</main></body></html>
"""


def _texts(found: Report) -> dict[str, str]:
    """Headings and sentences of the page, escaped."""
    once = _(
        "Everything on this page was read from this laptop by this laptop. It is shown once; run {command} "
        "again for a fresh one.",
        command=COMMAND,
    )
    texts = {
        "title": _("This laptop, today"),
        "heading": _("This laptop, {day}", day=day_words(day_of(found.now))),
        "once": once,
        "faults": _("What IT is told is wrong with this laptop"),
        "faults only": _(
            "By its asset tag and model, with the day; never with your name, your team, hours or a score."
        ),
        "looks": _("Who of IT looked at this laptop, and why"),
        "looks only": _("They see its trouble for a day; never hours, days, a score or who you are."),
        "minutes": _("Today’s minutes"),
        "minutes stay": _("They stay here. What leaves is one summary of the day."),
        "busy": _("What was busy right after slow minutes"),
        "busy stays": _("Looked at for a second, once in ten minutes at most. It never leaves this laptop."),
        "happened": _("What happened, at its exact time"),
        "hour leaves": _(
            "Only the hour of a fault leaves this laptop, and no name of a program that your company did "
            "not list."
        ),
        "unnamed": _("Programs known here alone"),
        "summary": _("What today’s summary would say now"),
        "waits": _("What waits to be sent"),
        "events wait": ngettext(
            "{n} event will go with the next batch.",
            "{n} events will go with the next batch.",
            found.waiting_events,
        ),
        "left": _("What left this laptop"),
        "dropped": _("What was dropped"),
    }
    return {
        name: escape(text).replace(COMMAND, f'<code dir="ltr">{COMMAND}</code>')
        for name, text in texts.items()
    }


def _strip(found: Report) -> str:
    """A day as 1440 minutes in the direction of reading, drawn by attributes alone."""
    if not found.minutes:
        return f"<p>{escape(_('No minute of today was seen yet.'))}</p>"
    marks = "".join(_mark(minute) for minute in found.minutes)
    ticks = "".join(_tick(hour) for hour in range(0, 24, 3))
    keys = "".join(
        f'<svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="{kind}" width="1" height="1"/>'
        f"</svg> {escape(_(word))}&ensp;"
        for kind, word in show.COLUMNS.items()
    )
    strip, told = escape(_("Strip of the day")), escape(_("Minutes of today; the table has the numbers"))
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{strip}">'
        f'<svg class="strip" viewBox="0 0 1440 70" role="img" aria-label="{told}">'
        f"{marks}{ticks}</svg></div><p>{keys}</p>"
    )


def _mark(minute: Minute) -> str:
    at = clock_time(minute.number * MINUTE)
    kind = "offline" if minute.offline else "pressed" if minute.pressed else "active"
    kind = kind if minute.active_min > 0 else "awake"
    height = 40 if kind != "awake" else 12
    x = _from_start(int(at[:2]) * 60 + int(at[3:5]), 1)
    return f'<rect class="{kind}" x="{x}" y="{44 - height}" width="1" height="{height}"/>'


def _tick(hour: int) -> str:
    """In either direction the text begins at its hour."""
    return f'<text class="tick" x="{_from_start(hour * 60, 0)}" y="64">{hour:02}:00</text>'


def _from_start(minute: int, width: int) -> int:
    """Where a minute is drawn: the day begins where a line of text does."""
    return minute if LANGUAGES[language()].direction == "ltr" else 1440 - width - minute


def _hours(found: Report) -> str:
    head = "".join(f'<th class="number" scope="col">{escape(_(word))}</th>' for word in show.COLUMNS.values())
    body = "".join(
        f'<tr><th scope="row">{row["hour"]}:00</th>'
        + "".join(f'<td class="number">{escape(show.hour_words(row, name))}</td>' for name in show.COLUMNS)
        + "</tr>"
        for row in show.hours_of(found)
    )
    caption, first = escape(_("Minutes by the hour")), escape(_("from"))
    return (
        f'<div class="scroll"><table><caption>{caption}</caption><thead><tr>'
        f'<th scope="col">{first}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _list(lines: Iterable[str], nothing: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else f"<p>{escape(nothing)}</p>"


def _entries(entries: Iterable[Entry], nothing: str) -> str:
    return "".join(map(_entry, entries)) or f"<p>{escape(nothing)}</p>"


def _entry(entry: Entry) -> str:
    batch = entry.batch
    title = _("{day}, {size}", day=day_words(batch.day), size=size(len(batch.body)))
    if batch.answered_at:
        state, time = _(BATCH_WORDS[batch.state]), clock_time(batch.answered_at)
        title = _("{batch}, {state} at {time}", batch=title, state=state, time=time)
    answer = (
        f"<p>{escape(_('The collector said: {answer}', answer=batch.answer))}</p>" if batch.answer else ""
    )
    return (
        f"<details><summary>{escape(title)}</summary>{answer}{_list(entry.words, _('It is empty.'))}"
        f"<p>{escape(_('Exactly as it was sent, before compression:'))}</p>"
        f'<pre dir="ltr" lang="en">{escape(entry.exact)}</pre></details>'
    )
