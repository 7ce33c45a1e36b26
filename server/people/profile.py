"""How the export of an HR system is to be read: which of its columns is which field, how it writes days.

Pure: built-in profiles are in `server.people.profiles`, one that somebody wrote is read by `own_profile`.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from server.people.day_format import ISO, DayFormat

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""Of profiles and of sources."""

Others = Literal["refused", "ignored"]


@dataclass(frozen=True)
class Profile:
    """`columns`: field -> headings, of which the first that a file has counts. `joined`: field -> lists of
    headings whose cells make it together, as first and last name do. `empty`: cells that mean nothing.

    A column under the field's own name is always understood. `others` are all other columns.
    """

    name: str
    says: str = ""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joined: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    dates: DayFormat = ISO
    encoding: str = "utf-8"
    empty: frozenset[str] = frozenset()
    header_lines: int = 1
    others: Others = "ignored"


PLAIN = Profile("csv", "The columns of docs/people-fields.md, each under its own name.", others="refused")
