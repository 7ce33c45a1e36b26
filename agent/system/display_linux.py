"""Whether a desktop runs on this laptop, of whomever."""

from collections.abc import Iterable
from glob import glob

DISPLAYS = ("/tmp/.X11-unix/X[0-9]*", "/run/user/*/wayland-[0-9]*")  # noqa: S108 (where X puts them)


def has_display(patterns: Iterable[str] = DISPLAYS) -> bool:
    return any(glob(pattern) for pattern in patterns)
