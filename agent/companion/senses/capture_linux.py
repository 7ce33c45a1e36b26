"""Whether a microphone or camera is in use now. Only asked when a question wants to be shown.

Nothing about who records, or what, is kept: the answer is yes, no or not told.
"""

import json
import os
from collections.abc import Callable
from glob import iglob

from agent.companion.senses.output import output_of

SOUND_SERVERS = ("pulse/native", "pipewire-0")
RECORDING = frozenset({"Stream/Input/Audio", "Stream/Input/Video"})


def capturing(runtime: str, run: Callable[..., str | None] = output_of, root: str = "") -> bool | None:
    """`runtime` is the session's folder of sockets; `root` stands before /proc and /dev in tests."""
    if _sound_card_records(f"{root}/proc/asound") or _camera_is_open(f"{root}/proc", f"{root}/dev/video"):
        return True
    if not any(os.path.exists(f"{runtime}/{name}") for name in SOUND_SERVERS):
        return False  # no sound server, so the kernel's word is the last
    streams = run("pactl", "list", "source-outputs")
    if streams is not None:
        return "Corked: no" in streams  # a held stream records nothing
    return _pipewire_records(run("pw-dump"))


def _pipewire_records(dump: str | None) -> bool | None:
    try:
        nodes = [thing["info"] for thing in json.loads(dump or "") if thing["type"].endswith(":Node")]
        return any(
            node["state"] == "running" and node["props"].get("media.class") in RECORDING for node in nodes
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sound_card_records(cards: str) -> bool:
    """By the kernel: a capture device of a card (its name ends in c) that runs."""
    for path in iglob(f"{cards}/card*/pcm*c/sub*/status"):
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                if "state: RUNNING" in file.read(4096):
                    return True
        except OSError:
            continue
    return False


def _camera_is_open(proc: str, device: str) -> bool:
    """In a program of this account. Where there is no camera, no program is looked at."""
    if not any(iglob(f"{device}*")):
        return False
    for link in iglob(f"{proc}/[0-9]*/fd/*"):
        try:
            if os.readlink(link).startswith(device):
                return True
        except OSError:
            continue
    return False
