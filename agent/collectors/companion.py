"""What companions in people's sessions see: active use by input, programs in front, windows that hang.

Programs outside the policy's list become "other" here, so their names are never kept; nor is when a program
was in front, only for how long on a day. Of several sessions, one in use is enough; seconds in front add up.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from agent.agreed.applications import Applications
from agent.companion.companions import Companions
from agent.companion.message import MINUTE, Hung, MinuteTold, minute_of
from agent.language.words import said
from agent.reading import Collector, Effort, Happening, Reading, SourceAbsent
from agent.signals import Sample
from agent.store.app_time import AppTime
from agent.system.system_clocks import elapsed_seconds

COMPANIONS = "companion"
"""The collector whose cursor names how the desktop of each companion is seen."""
EVERY = 60.0
VERSIONS = 20
"""Versions of one application that are told apart; a companion could make them up."""
TELL_HANGS = frozenset({"x11"})
"""Desktops that tell when a window does not answer, where the system itself does not record it."""

NOBODY = said("No companion speaks: nobody is signed in at a desktop, or it does not start with the session.")
NO_HANGS = said("This desktop does not say when a window stops answering.")


class Sight:
    """What all companions saw since the last look."""

    def __init__(
        self,
        companions: Companions,
        applications: Applications,
        elapsed: Callable[[], float] = elapsed_seconds,
        keeps_hangs: bool = True,
    ) -> None:
        self._companions, self._applications, self._elapsed = companions, applications, elapsed
        self._keeps_hangs = keeps_hangs
        self._since = minute_of(elapsed())
        self._versions: dict[str, set[str]] = {}
        self._stalls: list[Hung] = []
        self._front_unknown = NOBODY
        self._session_share = 0.0
        self.tells_use = False
        """Whether companions told of use, or will soon: then the session's own flag is not asked."""

    def collect(self, now: float, cursor: str | None) -> Reading:
        """Active use and seconds in front. The cursor names how each desktop is seen, for `status`."""
        heard = self._companions.listen(minute_of(self._elapsed()))
        told = [minute for minute in heard if minute.number > self._since]  # what was said in a pause is not
        speaking = self._companions.senses()
        if self._keeps_hangs:
            self._stalls += [stall for minute in told for stall in minute.stalls]
        if told:
            self.tells_use = any(minute.active_s is not None for minute in told)
            self._front_unknown = min((minute.front_unknown for minute in told), key=bool)
        elif not speaking:
            self.tells_use, self._front_unknown = False, NOBODY
        active = _active_seconds(told)
        samples = [] if active is None else [Sample("active_s", active, attributes={"source": "input"})]
        return Reading(samples, apps=self._apps(told), cursor=" ".join(speaking))

    def use(self, now: float, cursor: str | None) -> Reading:
        """Nothing more; whether use is seen at all."""
        if not self.tells_use:
            raise SourceAbsent(NOBODY, comes_back=True)
        return Reading()

    def apps(self, now: float, cursor: str | None) -> Reading:
        """Nothing more; whether programs in front are seen at all."""
        if self._front_unknown:
            raise SourceAbsent(self._front_unknown, comes_back=True)
        return Reading()

    def hangs(self, now: float, cursor: str | None) -> Reading:
        """Windows that did not answer, each once: it is told when it answers again or its program ends."""
        stalls, self._stalls = self._stalls, []
        speaking = self._companions.senses()
        if not TELL_HANGS & set(speaking) and not stalls:
            raise SourceAbsent(NO_HANGS if speaking else NOBODY, comes_back=True)
        return Reading(events=[_happening(stall, now) for stall in stalls])

    def unless_told(self, session: Collector) -> Collector:
        """Active use by the system's own flag, asked only while no companion tells it."""

        @functools.wraps(session.collect)
        def collect(now: float, cursor: str | None) -> Reading:
            if self.tells_use:
                return Reading()
            reading = session.collect(now, cursor)
            used = [sample.value for sample in reading.samples if sample.name == "active_s"]
            self._session_share = min(1.0, max(used, default=0.0) / MINUTE)
            return reading

        return replace(session, collect=collect)

    def _apps(self, told: Iterable[MinuteTold]) -> list[AppTime]:
        """Where a desktop tells no input, its seconds count by the last word on use there was."""
        seconds: dict[tuple[str, str], float] = {}
        for minute in told:
            share = 1.0 if minute.active_s is not None else self._session_share
            for app in minute.apps:
                key = self._named(app.program, app.version)
                seconds[key] = seconds.get(key, 0.0) + app.seconds * share
        return [AppTime(name, version, total) for (name, version), total in seconds.items() if total > 0]

    def _named(self, program: str, version: str) -> tuple[str, str]:
        name, version = self._applications.named(program, version)
        known = self._versions.setdefault(name, set())
        if len(known) < VERSIONS:
            known.add(version)
        return name, version if version in known else ""


def _active_seconds(told: Sequence[MinuteTold]) -> float | None:
    """Per minute the most that a session was in use; of several minutes, as at half pace, the mean."""
    most: dict[int, float] = {}
    for minute in told:
        if minute.active_s is not None:
            most[minute.number] = max(most.get(minute.number, 0.0), minute.active_s)
    return sum(most.values()) / len(most) if most else None


def _happening(stall: Hung, now: float) -> Happening:
    began = datetime.fromtimestamp(min(stall.began_at, now), UTC)
    return Happening("hang", began, app=stall.program, version=stall.version, value=stall.seconds)


def collectors(
    companions: Companions | None, applications: Applications, session: Collector, hangs: bool = False
) -> tuple[Collector, ...]:
    """With companions: what they see, before the session's own flag. Without: that flag alone.

    `hangs` where the system itself does not record windows that hang.
    """
    if companions is None:
        return (session,)
    sight = Sight(companions, applications, keeps_hangs=hangs)
    found = [
        Collector(COMPANIONS, (), EVERY, sight.collect, effort=Effort.WAITS),
        Collector("apps", ("apps",), EVERY, sight.apps, effort=Effort.WAITS),
        sight.unless_told(session),
        Collector("use", ("active",), EVERY, sight.use, effort=Effort.WAITS),
    ]
    if hangs:
        found.append(Collector("hang", ("hang",), EVERY, sight.hangs, effort=Effort.WAITS))
    return tuple(found)
