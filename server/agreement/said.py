"""A sentence with places, in English, that pages say in another language. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Union

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """`values` go into the {places} of `text`; those that are sentences themselves are translated before."""

    text: str
    values: Mapping[str, Union[str, "Said"]] = field(default_factory=dict)

    def in_words(self, translate: Translate) -> str:
        filled = {n: v if isinstance(v, str) else v.in_words(translate) for n, v in self.values.items()}
        return translate(self.text).format(**filled) if filled else translate(self.text)

    def __str__(self) -> str:
        return self.in_words(lambda text: text)
