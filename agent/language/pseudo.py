"""A made-up language for tests and designers: English with accents, a third longer, in brackets.

What is still plain English on the screen cannot be translated; what does not fit now will not fit in German.
"""

import re

ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[a-z]|%[a-z]")
KEPT = re.compile(rf"({PLACE.pattern}|`[^`]*`|--[a-z-]+)")
"""Places to fill, commands in back quotes and their options."""
FILLING = "one two three four five six seven eight nine ten "


def lengthened(text: str) -> str:
    """`Sign-ins` becomes `⟦Šîĝñ-îñš öñé⟧`; places and commands stay as they are, and so
    does what has no letters of its own."""
    own = PLACE.sub("", text)
    if not any(map(str.isalpha, own)):
        return text
    parts = KEPT.split(text.strip())
    parts[::2] = [part.translate(ACCENTED) for part in parts[::2]]
    more = (FILLING * (len(own) // 100 + 1))[: max(3, len(own) // 3)].strip().translate(ACCENTED)
    return text.replace(text.strip(), f"⟦{''.join(parts)} {more}⟧")
