"""docs/vocabulary.md, made from agent/signals.py: `python -m tests.vocabulary_page > docs/vocabulary.md`."""

from collections.abc import Iterator, Sequence

from agent.signals import (
    EVENT,
    EVENT_DETAIL,
    FACTS,
    PULSE_ANSWER,
    PULSE_ITEMS,
    SUMMARY,
    Field,
)

HEAD = """\
# Every field that can leave a laptop

Made from `agent/signals.py`, the one vocabulary of agent, server and pages, by
`python -m tests.vocabulary_page`. A field that does not stand here cannot be sent. Times of day do not: a
summary has its day, an event its hour.
"""

PARTS = (
    ("Summary of a day", "Sent as numbered editions; the newest counts.", SUMMARY),
    ("Event", "Sent as it happens; scores do not count it.", EVENT),
    ("Facts about the laptop", "Sent at enrolment and when one changes.", FACTS),
    ("Message of the pulse", "Anonymous, on a connection of its own: docs/pulse.md.", PULSE_ANSWER),
)


def page() -> str:
    return "\n".join([HEAD, *_parts()])


def _parts() -> Iterator[str]:
    for title, says, fields in PARTS:
        yield f"## {title}\n\n{says}\n\n{_table(fields)}"
    kinds = [f"- `{kind}`: {_details(fields)}" for kind, fields in EVENT_DETAIL.items()]
    yield "## Kinds of events, and their details\n\n" + "\n".join(kinds) + "\n"
    items = ", ".join(f"`{item}`" for item in PULSE_ITEMS)
    yield f"## Questions of the pulse\n\n{items}. Their words: docs/pulse.md.\n"


def _table(fields: Sequence[Field]) -> str:
    lines = ["| field | unit | what it is | why | kept |", "|---|---|---|---|---|"]
    for field in fields:
        lines.append(_row(field.name, field))
        lines += [_row(f"{field.name}.{part.name}", part) for part in field.rows]
    return "\n".join(lines) + "\n"


def _row(name: str, field: Field) -> str:
    says = field.says + (f": {', '.join(f'`{c}`' for c in field.choices)}" if field.choices else "")
    return f"| `{name}` | {field.unit} | {says} | {field.purpose} | {field.keep_days} days |"


def _details(fields: Sequence[Field]) -> str:
    if not fields:
        return "nothing more"
    return "; ".join(
        f"`{f.name}` ({', '.join(f'`{c}`' for c in f.choices)})" if f.choices else f"`{f.name}`"
        for f in fields
    )


if __name__ == "__main__":
    print(page(), end="")
