"""How long things are kept: each term has a name, a length that is promised, and bounds within which the
operator may choose another. Which rows follow which term stands in server/upkeep/retention_rules.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from agent.signals import RAW_DAYS, ROW_DAYS
from server.db import Base, scale
from server.errors import UsageError

Unit = Literal["days", "weeks"]


@dataclass(frozen=True, slots=True)
class Term:
    """`length`, `least` and `most` are numbers of `unit`. What is promised to people is never exceeded:
    for what is about persons, `most` is the length itself."""

    name: str
    unit: Unit
    length: int
    least: int
    most: int


TERMS = (
    Term("batches", "days", RAW_DAYS, 7, RAW_DAYS),
    Term("replaced", "days", 2, 2, RAW_DAYS),
    Term("rows", "days", ROW_DAYS, 42, ROW_DAYS),
    Term("drops", "weeks", 4, 1, 13),
    Term("leavers", "days", 90, 30, 90),
    Term("places", "weeks", 26, 13, 26),
    Term("person_weeks", "weeks", 26, 13, 26),
    Term("comments", "weeks", 52, 4, 52),
    Term("releases", "weeks", 156, 26, 520),
    Term("messages", "days", 30, 7, 90),
    Term("audit", "weeks", 104, 26, 104),
)
"""`rows` keeps six weeks at least, because a release looks four weeks back for what came late; `leavers` a
month, because the last week of somebody is released after they left."""

BY_NAME = {term.name: term for term in TERMS}


class ChosenTerm(Base):
    """A term for which the operator of this installation chose another length."""

    __tablename__ = "chosen_term"
    __table_args__ = (scale("local"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    length: Mapped[int]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms in force."""

    lengths: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        """The length, in the unit of the term."""
        return self.lengths[name]

    def words(self, name: str) -> str:
        """The length with its unit."""
        return f"{self.lengths[name]} {BY_NAME[name].unit}"

    def first_kept(self, name: str, today: date) -> date:
        """The first day that is not older than the term."""
        return today - timedelta(**{BY_NAME[name].unit: self.lengths[name]})


PROMISED = Terms({term.name: term.length for term in TERMS})


def terms_in_force(session: Session) -> Terms:
    chosen = {row.name: row.length for row in session.scalars(sa.select(ChosenTerm))}
    return Terms({**PROMISED.lengths, **{n: length for n, length in chosen.items() if n in BY_NAME}})


def check_term(name: str, length: int) -> None:
    """UsageError for a term or a length that cannot be."""
    term = BY_NAME.get(name)
    if term is None:
        raise UsageError(f"There is no term “{name}”; there are {', '.join(BY_NAME)}.")
    if not term.least <= length <= term.most:
        raise UsageError(f"{name} can be {term.least} to {term.most} {term.unit}, not {length}.")


def choose_term(session: Session, name: str, length: int) -> None:
    """Keep what follows this term so long from now on. UsageError for a term or a length that cannot be."""
    check_term(name, length)
    session.merge(ChosenTerm(name=name, length=length))
