"""Days since the oldest missing security update of Windows came out, by what its update agent found last.

The agent is asked through PowerShell once a day and does not go to the network for it. When it has not
searched for a week by itself, the answer is unknown: an old laptop would look patched.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from agent.advice import SEARCH_ON_WINDOWS
from agent.collectors.question import Question
from agent.collectors.waiting import DAY
from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.records import times
from agent.signals import Sample

EVERY = 5 * 60.0

STALE = 7 * DAY
AT_MOST_EVERY = DAY  # asking costs seconds of processor time

SECURITY = "0fa1201d-4330-4fa8-8ae9-b877473b6441"  # category "Security Updates" in all languages
# Windows Update Agent API: IUpdateSearcher.Search, IUpdate.LastDeploymentChangeTime, IAutomaticUpdatesResults
SCRIPT = f"""$ErrorActionPreference = 'Stop'
$searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
$searcher.Online = $false
$found = $searcher.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
'searched ' + (New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate.ToString('o')
foreach ($update in $found.Updates) {{
  foreach ($category in $update.Categories) {{
    if ($category.CategoryID -eq '{SECURITY}') {{
      'missing ' + $update.LastDeploymentChangeTime.ToString('o')
    }}
  }}
}}
'end'
"""
COMMAND = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", SCRIPT)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the update agent knew; moments in seconds since 1970. `oldest` is 0 if nothing is missing."""

    asked_at: float = 0.0
    searched: float = 0.0
    oldest: float = 0.0


def answer_of(text: str, now: float) -> Answer:
    """ValueError if it is not the whole answer."""
    lines = [line.strip().partition(" ") for line in text.splitlines() if line.strip()]
    if not lines or lines[-1][0] != "end":
        raise ValueError("the answer has no end")
    searched = max((_seconds(rest) for word, _, rest in lines if word == "searched"), default=0.0)
    oldest = min((_seconds(rest) for word, _, rest in lines if word == "missing"), default=0.0)
    return Answer(now, searched, oldest)


def _seconds(text: str) -> float:
    moment: datetime | None = times.utc(text)
    if moment is None:
        raise ValueError("no moment")
    return moment.timestamp()


class Patches:
    """The cursor is the last answer."""

    def __init__(self, ask: Callable[[Sequence[str]], Question] = Question) -> None:
        self._ask = ask
        self._question: Question | None = None
        self._failed_at = 0.0

    def collect(self, now: float, cursor: str | None) -> Reading:
        known = Answer(**json.loads(cursor)) if cursor else Answer()
        try:
            if self._question is None and now - max(known.asked_at, self._failed_at) >= AT_MOST_EVERY:
                self._question = self._ask(COMMAND)
            text = self._question.answer() if self._question else None
            if text is not None:
                self._question, known = None, answer_of(text, now)
        except (OSError, ValueError):
            self._question, self._failed_at = None, now
        if self._failed_at > known.asked_at:
            raise SourceAbsent("The update agent of Windows did not say which security updates are missing.")
        if not known.asked_at:
            return Reading()
        if now - known.searched > STALE:
            raise SourceAbsent("Windows has not searched for updates for a week.", SEARCH_ON_WINDOWS)
        age = max(0.0, now - known.oldest) / DAY if known.oldest else 0.0
        return Reading([Sample("patch_age_d", age)], cursor=json.dumps(asdict(known)))


def collector() -> Collector:
    return Collector("patch", ("patch",), EVERY, Patches().collect, effort=Effort.SCANS)
