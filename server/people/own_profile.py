"""A profile that somebody wrote for their HR system, a TOML file (docs/operate/people.md)."""

import tomllib
from dataclasses import replace

import msgspec

from server.errors import UsageError
from server.people.day_format import DayFormat
from server.people.fields import BY_NAME
from server.people.profile import NAME, Others, Profile
from server.people.profiles import profile_named
from server.people.table_file import ENCODINGS

MOST_HEADER_LINES = 3


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """What the file says; what it does not say is as in the profile that `like` names, or as usual."""

    name: str
    like: str | None = None
    columns: dict[str, str | list[str]] = {}
    joined: dict[str, list[str]] = {}
    dates: str | None = None
    encoding: str | None = None
    empty: list[str] | None = None
    header_lines: int | None = None
    others: Others | None = None


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
    known = Profile(written.name) if written.like is None else profile_named(written.like)
    own = known.columns | {
        name: (headings,) if isinstance(headings, str) else tuple(headings)
        for name, headings in written.columns.items()
    }
    profile = replace(
        known,
        name=written.name,
        says="An own profile.",
        columns=own,
        joined=known.joined | {name: (tuple(headings),) for name, headings in written.joined.items()},
        dates=known.dates if written.dates is None else DayFormat(written.dates.upper()),
        encoding=written.encoding or known.encoding,
        empty=known.empty if written.empty is None else frozenset(written.empty),
        header_lines=written.header_lines or known.header_lines,
        others=written.others or known.others,
    )
    if profile.encoding not in ENCODINGS or not 1 <= profile.header_lines <= MOST_HEADER_LINES:
        raise UsageError(
            f"A profile has an encoding of {', '.join(ENCODINGS)} and 1 to {MOST_HEADER_LINES} header lines."
        )
    return profile
