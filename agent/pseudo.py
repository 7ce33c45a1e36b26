"""A made-up language for tests and designers: English with accents, a third longer, in brackets.

What is still plain English on the screen cannot be translated; what does not fit now will not fit in German.
"""

import re

ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
KEPT = re.compile(r"(\{\w+\}|%\(\w+\)[a-z]|%[a-z]|`[^`]*`)")
"""Places to fill, and commands in back quotes."""
FILLING = "one two three four five six seven eight nine ten "


def lengthened(text: str) -> str:
    """`Sign-ins` becomes `⟦Šîĝñ-îñš öñé⟧`; places and commands stay as they are."""
    parts = KEPT.split(text)
    parts[::2] = [part.translate(ACCENTED) for part in parts[::2]]
    more = (FILLING * (len(text) // 100 + 1))[: max(3, len(text) // 3)].strip().translate(ACCENTED)
    return f"⟦{''.join(parts)} {more}⟧"
