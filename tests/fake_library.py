"""A library of another system, as ctypes would hand it out."""

from collections.abc import Callable
from typing import Any


class Function:
    """Takes what ctypes is told of it, and does not mind."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)


class Library:
    """One function for each method `do_...`."""

    def __init__(self) -> None:
        for name in dir(type(self)):
            if name.startswith("do_"):
                setattr(self, name.removeprefix("do_"), Function(getattr(self, name)))


class Refusing(Library):
    """All other functions end as what is not allowed does on Windows: with 0."""

    def __getattr__(self, name: str) -> Function:
        if name.startswith("__"):
            raise AttributeError(name)
        return Function(lambda *arguments: 0)
