"""Days in a declared format: nothing is guessed, because 03/04 is two days of the year. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from server.errors import UsageError

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
SHOWN = 40
"""Characters of a cell that is no day which a fault repeats."""

_TOKEN = re.compile("YYYY|MM|DD|M|D|.")
_DIGITS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{2})", "DD": r"(?P<day>\d{2})"}
_DIGITS |= {"M": r"(?P<month>\d{1,2})", "D": r"(?P<day>\d{1,2})"}


@dataclass(frozen=True)
class DayFormat:
    """YYYY, MM or M, and DD or D, each once, with other signs between: DD.MM.YYYY, M/D/YYYY.

    A time of midnight may follow, as in YYYY-MM-DDT00:00:00. UsageError for anything else.
    """

    text: str

    def __post_init__(self) -> None:
        tokens = _TOKEN.findall(self.text)
        parts = sorted(token[0] for token in tokens if token in _DIGITS)
        others = {token for token in tokens if token not in _DIGITS}
        if parts != ["D", "M", "Y"] or any(one.isalpha() and one not in "TZ" for one in others):
            raise UsageError(
                f"“{self.text[:SHOWN]}” is no format of dates; it has YYYY, MM and DD (or M and D) once each,"
                " as DD.MM.YYYY."
            )

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        return re.compile(
            "".join(_DIGITS.get(token, re.escape(token)) for token in _TOKEN.findall(self.text)), re.ASCII
        )

    def read(self, cell: str) -> date:
        """The day of a cell. ValueError with the rest of a sentence for anything else."""
        found = self._shape.fullmatch(cell)
        if found is None:
            raise ValueError(f"“{cell[:SHOWN]}” is not a date; write {self.text}.")
        try:
            day = date(*(int(found[part]) for part in ("year", "month", "day")))
        except ValueError:
            raise ValueError(f"“{cell}” is not a day of the calendar.") from None
        if not EARLIEST <= day < LATEST:
            raise ValueError(f"“{cell}” is out of range.")
        return day


ISO = DayFormat("YYYY-MM-DD")
