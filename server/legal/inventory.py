"""The data inventory: each field that leaves a laptop and each column that is kept, with purpose, basis
and term. Made of the tables the product itself works by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from agent.signals import EVENT, EVENT_DETAIL, FACTS, PULSE_ANSWER, RAW_DAYS, SUMMARY, Field
from server.legal.purposes import FIELD_PURPOSES, GROUNDS, Purpose
from server.legal.tables import HELD, About
from server.schema import metadata
from server.terms import BY_NAME, Terms
from server.upkeep.retention_rules import OF_AUDIT, OF_INSTALLATION, OF_LEAVERS, STAYS, WEEKLY, rules

BATCHES = "raw_batch"
NO_PERSONS = "no personal data"
FACTS_KEPT = "while the laptop is known here"


@dataclass(frozen=True, slots=True)
class Row:
    """`place`: the part of a batch, or the table. `says`: what it is, in English, or empty."""

    place: str
    name: str
    says: str
    unit: str
    purpose: Purpose
    basis: str
    kept: str
    about: str


def fields_sent() -> Iterator[tuple[str, Field]]:
    """Each field that can leave a laptop, with the part of the contract it is in."""
    yield from _with_rows("summary", SUMMARY)
    yield from (("event", field) for field in EVENT)
    for kind, details in EVENT_DETAIL.items():
        yield from ((f"event {kind}", field) for field in details)
    yield from (("facts", field) for field in FACTS)
    yield from (("answer", field) for field in PULSE_ANSWER)


def sent(terms: Terms) -> list[Row]:
    """What can leave a laptop."""
    return [_sent(place, field, terms) for place, field in fields_sent()]


def stored() -> list[tuple[sa.Table, sa.Column[object]]]:
    """Every column of every table."""
    return [(table, column) for table in metadata.sorted_tables for column in table.columns]


def kept(terms: Terms) -> list[Row]:
    """What is kept on the server, column by column. KeyError names a table without a purpose."""
    of_table = terms_of_tables(terms)
    rows = []
    for table, column in stored():
        held = HELD[table.name]
        ground = GROUNDS[held.purpose]
        rows.append(
            Row(
                table.name,
                str(column.name),
                "",
                "",
                held.purpose,
                NO_PERSONS if held.about in (About.GROUP, About.NOBODY) else ground.basis,
                of_table[table.name],
                held.about.value,
            )
        )
    return rows


def terms_of_tables(terms: Terms) -> Mapping[str, str]:
    """How long rows of each table are kept, in words: its terms, or why no term ends it."""
    told: dict[str, list[str]] = {table.name: [] for table in metadata.sorted_tables}
    bytes_kept = f"bytes {terms.words('batches')}, replaced ones {terms.words('replaced')}"
    told[BATCHES] = [f"{bytes_kept}; that they came, {RAW_DAYS} days"]
    for table in WEEKLY:
        told[table.name].append(terms.words("rows"))
    for rule in (*rules(), *OF_INSTALLATION):
        told[rule.table.name].append(f"{terms.words(rule.term)}: {rule.says}")
    told[OF_AUDIT[0].name].append(f"{terms.words(OF_AUDIT[1])}: {OF_AUDIT[2]}")
    for table, says in OF_LEAVERS:
        told[table.name].append(f"{terms.words('leavers')}: {says}")
    for name, reason in STAYS.items():
        told[name].append(reason)
    return {name: "; ".join(dict.fromkeys(lines)) for name, lines in told.items()}


def _with_rows(place: str, fields: Iterable[Field]) -> Iterator[tuple[str, Field]]:
    for field in fields:
        yield place, field
        yield from ((f"{place}.{field.name}", row) for row in field.rows)


def _sent(place: str, field: Field, terms: Terms) -> Row:
    purpose = FIELD_PURPOSES[field.purpose]
    days = min(field.keep_days, terms["rows"]) if field not in PULSE_ANSWER else field.keep_days
    about = About.LAPTOP if purpose is not Purpose.ASKING else About.NOBODY
    length = FACTS_KEPT if field in FACTS else f"{days} {BY_NAME['rows'].unit}"
    basis = f"{GROUNDS[purpose].basis} ({field.basis})"
    return Row(place, field.name, field.says, field.unit, purpose, basis, length, about.value)
