"""A program with one X11 window, for tests: run it as `python x11_window.py TITLE`.

It answers pings as toolkits do, and obeys words on its standard input: `full` asks the window manager for the
full screen, `type` fakes a key press, an end of input ends it.
"""

import os
import select
import struct
import sys

from agent.companion.senses.x11_wire import (
    CLIENT_MESSAGE,
    Connection,
    client_message,
    connect,
    padded,
    request,
)

CREATE_WINDOW, MAP_WINDOW, CHANGE_PROPERTY = 1, 8, 18
ATOM, CARDINAL, STRING = 4, 6, 31  # predefined (X Window System Protocol, appendix A)
SUBSTRUCTURE_BOTH = 0x180000
KEY_PRESS, KEY_RELEASE, SHIFT = 2, 3, 50


def property_of(x: Connection, window: int, name: str, kind: int, width: int, value: bytes) -> bytes:
    count = len(value) * 8 // width
    head = struct.pack("<IIIBxxxI", window, x.atom(name), kind, width, count)
    return request(CHANGE_PROPERTY, head + padded(value))


def make_window(x: Connection, title: str) -> int:
    window = x.base + 1
    geometry = struct.pack("<IIhhHHHHII", window, x.root, 0, 0, 200, 100, 0, 1, 0, 0)
    x.send(request(CREATE_WINDOW, geometry))
    pings = b"" if title == "mute" else struct.pack("<I", x.atom("_NET_WM_PING"))
    for name, kind, width, value in (
        ("WM_PROTOCOLS", ATOM, 32, struct.pack("<I", x.atom("WM_DELETE_WINDOW")) + pings),
        ("_NET_WM_PID", CARDINAL, 32, struct.pack("<I", os.getpid())),
        ("WM_NAME", STRING, 8, title.encode()),
    ):
        x.send(property_of(x, window, name, kind, width, value))
    x.send(request(MAP_WINDOW, struct.pack("<I", window)))
    return window


def answer(x: Connection) -> None:
    x.take_waiting()
    while x.events:
        event = x.events.popleft()
        if event.kind == CLIENT_MESSAGE and event.number(12) == x.atom("_NET_WM_PING"):
            data = struct.unpack_from("<5I", event.body, 12)
            x.send(client_message(x.root, x.root, event.number(8), data, SUBSTRUCTURE_BOTH))


def obey(x: Connection, window: int, word: str) -> None:
    if word == "full":
        data = (1, x.atom("_NET_WM_STATE_FULLSCREEN"), 0, 1, 0)
        x.send(client_message(x.root, window, x.atom("_NET_WM_STATE"), data, SUBSTRUCTURE_BOTH))
    elif word == "type":
        fake = x.extension("XTEST")
        for kind in (KEY_PRESS, KEY_RELEASE):
            body = struct.pack("<BBxxIIxxxxxxxxhhxxxxxxxx", kind, SHIFT, 0, 0, 0, 0)
            x.send(request(fake or 0, body, detail=2))


def main() -> None:
    x = connect(os.environ["DISPLAY"], os.environ.get("XAUTHORITY", ""))
    window = make_window(x, sys.argv[1])
    while True:
        ready, _, _ = select.select([x, sys.stdin], [], [])
        if x in ready:
            answer(x)
        if sys.stdin in ready:
            word = sys.stdin.readline().strip()
            if not word:
                return
            obey(x, window, word)
            x.atom("WM_NAME")  # all that was asked has been done


if __name__ == "__main__":
    main()
