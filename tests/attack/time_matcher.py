"""Somebody who holds the whole store of laptops' days and wants to know who works when.

Every table that names a laptop is read as it lies there: all columns, bodies unpacked, ids, lengths, how many
rows there are, and the places of rows in the file and in its transactions. Whatever can be made a number is
one. Then each number is tried on its own: is it another one on days with one answer than on days with the
other, compared within each laptop? The best of them is held against the best of as many shuffled answers.
"""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from server.db import Store
from server.ingest.models import event, raw_batch
from server.schema import metadata

DAYS = ("day", "received_day", "since")
SHUFFLES = 999
MANY_WORDS = 40
"""A column with more different words than this is no choice; their lengths are looked at still."""

Of = tuple[str, str, str]
"""Laptop, day, and by which column the day goes."""
Numbers = dict[Of, dict[str, list[float]]]


@dataclass(frozen=True)
class Found:
    """`chance` is how often shuffled answers do as well: 0.001 is the least there can be."""

    chance: float
    telling: tuple[str, ...]
    """The best number first, and all others that do better than any shuffled answers."""
    right: float
    """Share of days that were guessed right by the best number, learnt from other days."""


def try_to_tell(numbers: Numbers, answers: Mapping[tuple[str, str], int]) -> Found:
    """Whether any number tells the answers: (laptop, day) -> 0 or 1."""
    best = Found(1.0, (), 0.5)
    for by in DAYS:
        known = [(key, answer) for key, answer in answers.items() if (*key, by) in numbers]
        if known:
            laptops = np.array([laptop for (laptop, _), _ in known])
            names, table = _table([numbers[(*key, by)] for key, _ in known])
            unit, names = _units(_within(laptops, table), names)
            if names:
                answered = np.array([answer for _, answer in known], float)
                found = _best(by, names, unit, laptops, answered)
                best = min(best, found, key=lambda one: one.chance)
    return best


def days_with_events(store: Store) -> set[tuple[str, str]]:
    """Laptops' days on which a fault told its hour."""
    rows = _rows(store, event.name)
    return {(_word(row["device_id"]), _word(row["day"])) for row in rows if row["hour"] is not None}


def numbers_in(store: Store) -> Numbers:
    """Everything about each laptop's days that can be made a number."""
    found: Numbers = defaultdict(lambda: defaultdict(list))
    file = _bytes_of(store)
    for table in metadata.sorted_tables:
        days = [name for name in DAYS if name in table.c]
        if "device_id" not in table.c or not days:
            continue
        rows = list(_rows(store, table.name))
        words = _words_of(rows)
        for by in days:
            places = _places(rows, by)
            for row, place in zip(rows, places, strict=True):
                of = (_word(row["device_id"]), _word(row[by]), by)
                about = [*place, *_numbers_of(row, days, words)]
                if table is raw_batch:
                    about += _where_on_disk(file, row)
                for name, value in about:
                    found[of][f"{table.name} {name}"].append(value)
                found[of][f"{table.name} rows"].append(1.0)
    return found


def _rows(store: Store, table: str) -> Iterator[dict[str, Any]]:
    """Rows in the order in which they lie in the table, with what the database knows of that."""
    hidden = (
        "rowid AS place, 0 AS written" if store.is_sqlite else "ctid::text AS place, xmin::text AS written"
    )
    order = "rowid" if store.is_sqlite else "tableoid, ctid"
    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT {hidden}, {table}.* FROM {table} ORDER BY {order}")
        names = [column[0] for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))
        connection.rollback()


def _places(rows: Sequence[Mapping[str, Any]], by: str) -> list[list[tuple[str, float]]]:
    """Where each row lies among those of its day: in the table, and in the order of transactions."""
    of_day: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        of_day[_word(row[by])].append(number)
    found: list[list[tuple[str, float]]] = [[] for _ in rows]
    for members in of_day.values():
        written = sorted({int(rows[number]["written"]) for number in members})
        for rank, number in enumerate(members):
            found[number].append(("place", rank / len(members)))
            found[number].append(("written", written.index(int(rows[number]["written"])) / len(written)))
    return found


def _numbers_of(
    row: Mapping[str, Any], days: Sequence[str], words: Mapping[str, set[str]]
) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if name in ("place", "written", "device_id", "org_id"):
            continue
        if name in days:
            for other in days:
                yield f"{name} - {other}", float((_day(value) - _day(row[other])).days)
        elif isinstance(value, bytes | memoryview):
            yield f"{name} length", float(len(value))
            for path, found in _leaves(name, json.loads(gzip.decompress(bytes(value)))):
                yield from _of_value(path, found, ())
        else:
            kept = _unpacked(value)
            for path, found in _leaves(name, kept):
                yield from _of_value(path, found, words.get(path, ()))


def _of_value(path: str, value: Any, words: Iterable[str]) -> Iterator[tuple[str, float]]:
    if value is None:
        yield f"{path} missing", 1.0
    elif isinstance(value, bool | int | float):
        yield path, float(value)
    else:
        text = _word(value)
        yield f"{path} length", float(len(text))
        for word in words:
            yield f"{path} is {word}", float(text == word)
        if len(text) in (32, 36):
            head = text.replace("-", "")[:12]
            if all(c in "0123456789abcdef" for c in head):
                yield f"{path} as a number", float(int(head, 16))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield f"{path} names", len(value)
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list):
        yield f"{path} items", len(value)
        for inner in value:
            yield from _leaves(f"{path}[]", inner)
    else:
        yield path, value


def _words_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Columns of texts that are choices."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row.items():
            for path, leaf in _leaves(name, _unpacked(value)):
                if isinstance(leaf, str) and path not in ("place", "written"):
                    found[path].add(leaf)
    return {path: words for path, words in found.items() if 1 < len(words) <= MANY_WORDS}


def _unpacked(value: Any) -> Any:
    """A JSON text of SQLite as what it says."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "{[" and value else value


def _where_on_disk(file: bytes, row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    needle = _word(row["batch_id"]).encode()
    first, last = file.find(needle), file.rfind(needle)
    if first >= 0:
        yield "first on disk", float(first)
        yield "last on disk", float(last)


def _bytes_of(store: Store) -> bytes:
    """The database file with its log; a server's files are not ours to read."""
    if not store.is_sqlite:
        return b""
    path = Path(str(store.engine.url.database))
    return b"".join(part.read_bytes() for part in sorted(path.parent.glob(path.name + "*")))


def _word(value: Any) -> str:
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat() if isinstance(value, date) else str(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _table(rows: Sequence[Mapping[str, Sequence[float]]]) -> tuple[list[str], np.ndarray]:
    """One line per day: how many values there are of each number, their mean, least and most."""
    names = sorted({name for row in rows for name in row})
    columns = [f"{how} {name}" for name in names for how in ("number of", "mean", "least", "most")]
    table = np.full((len(rows), len(columns)), np.nan)
    for number, row in enumerate(rows):
        for place, name in enumerate(names):
            values = row.get(name)
            table[number, 4 * place] = len(values) if values else 0
            if values:
                table[number, 4 * place + 1 : 4 * place + 4] = np.mean(values), min(values), max(values)
    return columns, table


def _within(laptops: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Each number as its rank among those of the same laptop, about zero; unknown is the middle."""
    found = np.zeros_like(table)
    for laptop in np.unique(laptops):
        mine = laptops == laptop
        for column in range(table.shape[1]):
            found[mine, column] = _ranks(table[mine, column])
    return found


def _ranks(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    ranks = np.zeros(len(values))
    distinct, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if len(distinct) > 1:
        middle = np.cumsum(counts) - (counts + 1) / 2
        ranks[known] = middle[inverse] - middle[inverse].mean()
    return ranks


def _units(table: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """The numbers that vary, each of length one."""
    lengths = np.linalg.norm(table, axis=0)
    varies = lengths > 0
    return table[:, varies] / lengths[varies], [n for n, one in zip(names, varies, strict=True) if one]


def _best(by: str, names: Sequence[str], unit: np.ndarray, laptops: np.ndarray, answers: np.ndarray) -> Found:
    fits = np.abs(_centred(answers, laptops) @ unit)
    shuffled = [np.abs(_centred(_shuffled(answers, laptops), laptops) @ unit).max() for _ in range(SHUFFLES)]
    as_well = sum(one >= fits.max() - 1e-9 for one in shuffled)
    best_first = [int(n) for n in np.argsort(-fits) if n == fits.argmax() or fits[n] > max(shuffled)]
    telling = tuple(f"{names[n]}, by {by} ({fits[n]:.2f})" for n in best_first)
    return Found((1 + as_well) / (1 + SHUFFLES), telling, _right(unit, laptops, answers))


def _right(unit: np.ndarray, laptops: np.ndarray, answers: np.ndarray) -> float:
    """Five parts of the days: on four the best number is chosen, on the fifth it guesses."""
    part = np.arange(len(answers)) % 5
    np.random.default_rng(0).shuffle(part)
    right = 0
    for fold in range(5):
        learn, guess = part != fold, part == fold
        fits = _centred(answers[learn], laptops[learn]) @ unit[learn]
        best = int(np.abs(fits).argmax())
        guessed = unit[guess, best] * np.sign(fits[best]) > 0
        right += int((guessed == (answers[guess] > 0.5)).sum())
    return right / len(answers)


def _centred(answers: np.ndarray, laptops: np.ndarray) -> np.ndarray:
    """Without what is a laptop's own, of length one."""
    found = answers.copy()
    for laptop in np.unique(laptops):
        mine = laptops == laptop
        found[mine] -= found[mine].mean()
    length = np.linalg.norm(found)
    return found / length if length else found


def _shuffled(answers: np.ndarray, laptops: np.ndarray) -> np.ndarray:
    found = answers.copy()
    for laptop in np.unique(laptops):
        mine = np.flatnonzero(laptops == laptop)
        found[mine] = random.sample(list(answers[mine]), len(mine))
    return found
