"""What users and groups have in common as rows: how one is found, searched, and made a resource again."""

import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    Path,
    PreconditionFailedException,
    Resource,
)
from sqlalchemy.orm import Session

from server.scim.limits import MOST_DOCUMENT
from server.scim.models import ScimGroupRow, ScimUserRow
from server.scim.schemas import MODELS, PROVIDER

Row = TypeVar("Row", ScimUserRow, ScimGroupRow)
Columns = Mapping[str, Any]

_ENCODER = msgspec.json.Encoder()
_NOT_IN_DOCUMENT = ("id", "meta", "groups", "members")
"""The server's own, and what has rows of its own."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one operation is done: in an organisation, on a day there, within a transaction."""

    session: Session
    org_id: UUID
    today: date
    zone: ZoneInfo
    kept: list[Any] = field(default_factory=list)
    """Rows that were found, so that the session gives the same ones again without asking."""


class Shelf(ABC, Generic[Row]):
    """All users, or all groups, of every organisation."""

    kind: ClassVar[str]
    table: type[Row]
    searched: ClassVar[Columns]
    """Attribute, in small letters -> the column that has it, by which it is found without a walk."""

    @property
    def id_column(self) -> Any:
        return sa.inspect(self.table).primary_key[1]

    def find(self, desk: Desk, resource_id: str | None) -> Row:
        """The row with this id. Raises NotFoundException."""
        found = None
        with contextlib.suppress(ValueError):  # no id of ours
            found = desk.session.get(self.table, (desk.org_id, UUID(resource_id or "")))
        if found is None:
            raise NotFoundException(detail=f"There is no {self.kind} with this id")
        desk.kept.append(found)
        return found

    def find_version(self, desk: Desk, resource_id: str | None, version: str | None) -> Row:
        """The same, unless it is another version by now. Raises PreconditionFailedException."""
        row = self.find(desk, resource_id)
        if version is not None and row.version != version:
            raise PreconditionFailedException
        return row

    def resource(self, row: Row, resource_id: UUID, parts: Mapping[str, Any]) -> Resource[Any]:
        """The resource of a row, with its parts that have rows of their own."""
        meta = Meta(
            resource_type=self.kind,
            created=_first_moment(row.created_on),
            last_modified=_first_moment(row.changed_on),
            version=row.version,
        )
        document = {**row.document, "id": str(resource_id), **parts}
        made = MODELS[self.kind].model_validate(document, scim_policy=PROVIDER.policy)
        made.meta = meta
        return made

    @abstractmethod
    def resources(self, desk: Desk, rows: Sequence[Row], whole: bool = True) -> list[Resource[Any]]:
        """The resources of these rows; not `whole`: parts with rows of their own are left out."""

    @abstractmethod
    def create(self, desk: Desk, resource: Resource[Any]) -> Row: ...

    @abstractmethod
    def change(self, desk: Desk, row: Row, resource: Resource[Any]) -> None: ...

    @abstractmethod
    def remove(self, desk: Desk, row: Row) -> None: ...


def document_of(resource: Resource[Any]) -> dict[str, Any]:
    """What is kept of a resource as it was told. Raises InvalidValueException for one that is too long."""
    document: dict[str, Any] = resource.model_dump()
    for name in _NOT_IN_DOCUMENT:
        document.pop(name, None)
    if len(_ENCODER.encode(document)) > MOST_DOCUMENT:
        raise InvalidValueException(detail=f"At most {MOST_DOCUMENT} bytes are kept of one resource")
    return document


def new_version() -> str:
    return f'W/"{secrets.token_hex(8)}"'


def compared(model: type[Resource[Any]], attribute: str, text: str) -> str:
    """A text in the form in which values of this attribute are compared.

    Raises InvalidValueException where there is none.
    """
    binding: Any = Path.__class_getitem__(model)(attribute).resolve()
    try:
        return str(binding.comparable(text))
    except ValueError as error:
        raise InvalidValueException(detail=f"{attribute} cannot be compared") from error


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
