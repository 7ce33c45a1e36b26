"""A cable between two network namespaces, which a test may pull at either end (Linux, as root)."""

import ctypes
import itertools
import os
import subprocess

HUB, LAPTOP = "10.111.0.1", "10.111.0.2"

_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


class Cable:
    """The namespaces `hub` and `laptop` with the addresses HUB and LAPTOP, and what connects them."""

    def __init__(self) -> None:
        number = f"{os.getpid()}-{next(_numbers)}"
        self.hub, self.laptop = f"dexhub{number}", f"dexlap{number}"

    def __enter__(self) -> "Cable":
        for name in (self.hub, self.laptop):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        ends = ("type", "veth", "peer", "name", "host0", "netns", self.laptop)
        _ip("link", "add", "lap", "netns", self.hub, *ends)
        _ip("-n", self.hub, "addr", "add", f"{HUB}/24", "dev", "lap")
        _ip("-n", self.laptop, "addr", "add", f"{LAPTOP}/24", "dev", "host0")
        self.far_end("up")
        self.near_end("up")
        return self

    def far_end(self, state: str) -> None:
        """Down: nothing answers any more."""
        _ip("-n", self.hub, "link", "set", "lap", state)

    def near_end(self, state: str) -> None:
        """Down: the laptop has no network."""
        _ip("-n", self.laptop, "link", "set", "host0", state)

    def __exit__(self, *_: object) -> None:
        for name in (self.hub, self.laptop):
            subprocess.run(["ip", "netns", "del", name], check=False)


def enter(namespace: str) -> None:
    """The calling thread, and what it starts from now on, is in this network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}") as file:
        if libc.setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {namespace}")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
