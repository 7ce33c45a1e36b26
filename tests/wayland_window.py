"""A program with one Wayland window, for tests: run it as `python wayland_window.py APP_ID`.

The word `full` on its standard input asks the compositor for the full screen; an end of input ends it.
"""

import os
import select
import socket
import struct
import sys

from agent.companion.senses.wayland_wire import Connection, connect, padded_text

CREATE_SURFACE, ATTACH, COMMIT = 0, 1, 6
CREATE_POOL, CREATE_BUFFER = 0, 0
GET_XDG_SURFACE, PONG, GET_TOPLEVEL, ACK_CONFIGURE = 2, 3, 1, 4
SET_TITLE, SET_APP_ID, SET_FULLSCREEN = 2, 3, 11
PING, CONFIGURE = 0, 0
SIDE = 16


class Window:
    def __init__(self, wayland: Connection, app_id: str) -> None:
        self.wayland = wayland
        self.surface = wayland.make(wayland.bind("wl_compositor", 1)[0], CREATE_SURFACE)
        self.shell = wayland.bind("xdg_wm_base", 1)[0]
        self.xdg = wayland.make(self.shell, GET_XDG_SURFACE, self.surface)
        self.top = wayland.make(self.xdg, GET_TOPLEVEL)
        wayland.send(self.top, SET_TITLE, body=padded_text("Salary of Jane.ods"))
        wayland.send(self.top, SET_APP_ID, body=padded_text(app_id))
        wayland.send(self.surface, COMMIT)
        self.buffer = self._buffer(wayland.bind("wl_shm", 1)[0])

    def _buffer(self, shm: int) -> int:
        """Black; the memory is handed over beside the message."""
        memory = os.memfd_create("window")
        os.truncate(memory, SIDE * SIDE * 4)
        pool = self.wayland._new()
        message = struct.pack("<IIII", shm, 16 << 16 | CREATE_POOL, pool, SIDE * SIDE * 4)
        socket.send_fds(self.wayland._socket, [message], [memory])
        return self.wayland.make(pool, CREATE_BUFFER, 0, SIDE, SIDE, SIDE * 4, 0)

    def handle(self) -> None:
        for event in self.wayland.waiting():
            if (event.thing, event.code) == (self.shell, PING):
                self.wayland.send(self.shell, PONG, event.number())
            elif (event.thing, event.code) == (self.xdg, CONFIGURE):
                self.wayland.send(self.xdg, ACK_CONFIGURE, event.number())
                self.wayland.send(self.surface, ATTACH, self.buffer, 0, 0)
                self.wayland.send(self.surface, COMMIT)


def main() -> None:
    window = Window(connect(os.environ), sys.argv[1])
    while True:
        ready, _, _ = select.select([window.wayland, sys.stdin], [], [])
        if window.wayland in ready:
            window.handle()
        if sys.stdin in ready:
            if sys.stdin.readline().strip() != "full":
                return
            window.wayland.send(window.top, SET_FULLSCREEN, 0)


if __name__ == "__main__":
    main()
