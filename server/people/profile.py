"""How the export of an HR system is to be read: which of its columns is which field, how it writes days.

Pure: built-in profiles are in `server.people.profiles`; an own one is a TOML file (docs/operate/people.md).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from server.errors import UsageError
from server.people.day_format import ISO, DayFormat
from server.people.fields import BY_NAME
from server.people.table_file import ENCODINGS

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""Of profiles and of sources."""
MOST_HEADER_LINES = 3

Others = Literal["refused", "ignored"]


@dataclass(frozen=True)
class Profile:
    """`columns`: field -> headings, of which the first that a file has counts. `joined`: field -> lists of
    headings whose cells make it together, as first and last name do. `empty`: cells that mean nothing.

    A column under the field's own name is always understood. `others` are all other columns.
    """

    name: str
    says: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    dates: DayFormat = ISO
    encoding: str = "utf-8"
    empty: frozenset[str] = frozenset()
    header_lines: int = 1
    others: Others = "ignored"


PLAIN = Profile("csv", "The columns of docs/people-fields.md, each under its own name.", others="refused")


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """An own profile as its file has it."""

    name: str
    columns: dict[str, str | list[str]]
    joined: dict[str, list[str]] = {}
    dates: str = ISO.text
    encoding: str = "utf-8"
    empty: list[str] = []
    header_lines: int = 1
    others: Others = "ignored"


def read_profile(text: str) -> Profile:
    """A profile that somebody wrote. UsageError with one sentence if it is none."""
    try:
        written = msgspec.convert(tomllib.loads(text), _Written)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"This is no profile: {error}.") from error
    if not NAME.fullmatch(written.name):
        raise UsageError("A profile has a name of small letters, figures and hyphens, 31 at most.")
    for name in (*written.columns, *written.joined):
        if name not in BY_NAME:
            raise UsageError(f"The profile names a field “{name}”; there are: {', '.join(BY_NAME)}.")
    if written.encoding not in ENCODINGS or not 1 <= written.header_lines <= MOST_HEADER_LINES:
        raise UsageError(
            f"A profile has an encoding of {', '.join(ENCODINGS)} and 1 to {MOST_HEADER_LINES} header lines."
        )
    return Profile(
        name=written.name,
        says="An own profile.",
        columns={
            name: (headings,) if isinstance(headings, str) else tuple(headings)
            for name, headings in written.columns.items()
        },
        joined={name: (tuple(headings),) for name, headings in written.joined.items()},
        dates=DayFormat(written.dates.upper()),
        encoding=written.encoding,
        empty=frozenset(written.empty),
        header_lines=written.header_lines,
        others=written.others,
    )
