"""Flask-Babel's translations with types. The names are those that message extraction looks for."""

from typing import Protocol, cast

import flask_babel


class Lazy(Protocol):
    """A text that is translated when it is shown."""

    def __str__(self) -> str: ...
    def __html__(self) -> str: ...


def gettext(text: str, **values: object) -> str:
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The form of the reader's language for this count; show the count itself as one of the `values`."""
    return str(flask_babel.ngettext(one, many, count, **values))


def lazy_gettext(text: str) -> Lazy:
    return cast(Lazy, flask_babel.lazy_gettext(text))
