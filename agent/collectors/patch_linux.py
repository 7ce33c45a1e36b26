"""Days the oldest missing security update has waited, by the package lists that the system already has.

Nothing is downloaded: lists that nobody refreshes would make an old laptop look patched, so after a week
without a refresh the answer is unknown. Waiting is counted from the day on which this agent first saw the
update pending, because no list says when an update came out.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from glob import glob

from agent.collectors.programs import is_program
from agent.collectors.question import Question
from agent.collectors.waiting import DAY, Waiting
from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.signals import Sample

EVERY = 5 * 60.0

STALE = 7 * DAY
BEHIND_ALL_WORK = ("nice", "-n", "19")
AT_MOST_EVERY = 24 * 3600.0  # asking costs seconds of processor time, and only a change makes it worth while

# apt-get(8) --simulate: Inst openssl [3.0.11-1] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
_APT = re.compile(r"^Inst (?P<name>\S+) (?:\[[^\]]*\] )?\((?P<origin>[^)]*)\)")
_APT_SECURITY = re.compile(r"[/ ,][\w.]+-security\b|\bDebian-Security:")
# dnf(8) updateinfo list: FEDORA-2024-0123456789 Important/Sec. openssl-1:3.0.9-2.fc38.x86_64
_DNF = re.compile(r"^\S+\s+(?:\S+/Sec\.|security)\s+(?:\S+\s+)?(?P<name>\S+?)-[^-\s]+-[^-\s]+(?:\s|$)", re.I)
# zypper(8) list-patches: Repository | Name | Category | Severity | Interactive | Status | Summary
_ZYPPER = re.compile(r"^[^|]*\|\s*(?P<name>[^|\s]+)\s*\|\s*security\s*\|[^|]*\|[^|]*\|\s*needed\b")


def pending_apt(text: str) -> set[str]:
    """Names of the packages whose upgrade comes from a security archive."""
    found = (_APT.match(line) for line in text.splitlines())
    return {f["name"] for f in found if f and _APT_SECURITY.search(f" {f['origin']}")}


def pending_dnf(text: str) -> set[str]:
    return {found["name"] for line in text.splitlines() if (found := _DNF.match(line))}


def pending_zypper(text: str) -> set[str]:
    return {found["name"] for line in text.splitlines() if (found := _ZYPPER.match(line))}


@dataclass(frozen=True, slots=True)
class Manager:
    """A package manager: how it tells what is pending, and which files its answer depends on.

    `lists` change when somebody refreshes them by `refresh`, `installed` when a package changes.
    """

    command: tuple[str, ...]
    pending: Callable[[str], set[str]]
    lists: tuple[str, ...]
    installed: tuple[str, ...]
    refresh: str


MANAGERS = (
    Manager(
        ("apt-get", "--simulate", "-o", "Debug::NoLocking=1", "--with-new-pkgs", "upgrade"),
        pending_apt,
        ("/var/lib/apt/lists", "/var/lib/apt/lists/partial", "/var/lib/apt/lists/*Release"),
        ("/var/lib/dpkg/status",),
        "sudo apt-get update",
    ),
    Manager(
        ("dnf", "--quiet", "--cacheonly", "updateinfo", "list", "--security"),
        pending_dnf,
        ("/var/cache/dnf/*.solv", "/var/cache/libdnf5/*/repodata"),
        ("/var/lib/rpm/*", "/usr/lib/sysimage/rpm/*"),
        "sudo dnf makecache",
    ),
    Manager(
        ("zypper", "--non-interactive", "--no-refresh", "list-patches", "--category", "security"),
        pending_zypper,
        ("/var/cache/zypp/solv/*/solv",),
        ("/var/lib/rpm/*", "/usr/lib/sysimage/rpm/*"),
        "sudo zypper refresh",
    ),
)


def manager_here(managers: Sequence[Manager] = MANAGERS) -> Manager:
    found = next((manager for manager in managers if is_program(manager.command[0])), None)
    if found is None:
        raise SourceAbsent("The package manager of this system does not tell security updates apart.")
    return found


def newest_change(patterns: Iterable[str]) -> float:
    """When any of these files changed last, in seconds since 1970; 0 if there is none."""
    return max((os.stat(path).st_mtime for pattern in patterns for path in glob(pattern)), default=0.0)


class Patches:
    def __init__(
        self,
        manager: Callable[[], Manager] = manager_here,
        ask: Callable[[Sequence[str]], Question] = Question,
        newest_change: Callable[[Iterable[str]], float] = newest_change,
    ) -> None:
        self._manager, self._ask, self._newest_change = manager, ask, newest_change
        self._question: Question | None = None
        self._failed_at = 0.0

    def collect(self, now: float, cursor: str | None) -> Reading:
        manager = self._manager()
        refreshed = self._newest_change(manager.lists)
        if now - refreshed > STALE:
            raise SourceAbsent("The lists of updates have not been refreshed for a week.", manager.refresh)
        known = Waiting.load(cursor)
        state = max(refreshed, self._newest_change(manager.installed))
        due = state != known.state and now - max(known.asked_at, self._failed_at) >= AT_MOST_EVERY
        try:
            if self._question is None and due:
                self._question = self._ask([*BEHIND_ALL_WORK, *manager.command])
            output = self._question.answer() if self._question else None
        except OSError:
            self._question, self._failed_at = None, now
        else:
            if output is not None:
                self._question = None
                known = known.seen(manager.pending(output), now, state)
        if self._failed_at > known.asked_at:
            raise SourceAbsent(f"{manager.command[0]} did not say which security updates are missing.")
        if not known.asked_at:
            return Reading()
        return Reading([Sample("patch_age_d", known.age_days(now))], cursor=known.dump())


def collector() -> Collector:
    return Collector("patch", ("patch",), EVERY, Patches().collect, effort=Effort.SCANS)
