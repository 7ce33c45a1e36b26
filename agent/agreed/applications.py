"""Which programs may be named: those of the agreement's list. All others leave the laptop as "other"."""

from collections.abc import Iterable

OTHER = "other"


class Applications:
    """The list of the policy; a program is looked up by its executable's name."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {_plain(name): name for name in names}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applications) and self._names == other._names

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names.values())

    def name_of(self, program: str) -> str:
        """The listed name, or "other" (also for a program that gave no name)."""
        return self._names.get(_plain(program), OTHER)

    def named(self, program: str, version: str) -> tuple[str, str]:
        """Name and version as they may be sent; of an unlisted program not even the version."""
        name = self.name_of(program)
        return (name, version) if name != OTHER else (OTHER, "")


def _plain(program: str) -> str:
    return program.casefold().removesuffix(".exe").strip()
