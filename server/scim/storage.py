"""Where the SCIM library reads and writes: users and groups of the organisation that asks, in one transaction
for each operation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from scim2_models import Path, Resource, ResourceType, ResponseParameters, SearchRequest
from scim2_server.storage import ScimStorage, SearchPage
from sqlalchemy.orm import Session

from server.clock import Clock
from server.db import Store
from server.metrics import SCIM_WRITES
from server.people.models import Organisation
from server.people.organisations import local_day
from server.people.store import lock_directory
from server.scim.groups import Groups
from server.scim.schemas import GROUP, MODELS, USER
from server.scim.searching import found_page
from server.scim.shelves import Desk, Shelf
from server.scim.users import Users

_SHELVES: dict[str, Shelf[Any]] = {USER: Users(), GROUP: Groups()}
_HEAVY = {USER: "groups", GROUP: "members"}
"""Attributes with rows of their own, which a directory leaves out where it does not need them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose directory asks, and whether what it asks changes nothing."""

    org_id: UUID
    reads: bool


class DirectoryStorage(ScimStorage):
    """Its `operation` is a transaction in which nobody else changes the organisation's people."""

    def __init__(self, store: Store, caller: Callable[[], Caller], clock: Clock) -> None:
        self._store, self._caller, self._clock = store, caller, clock
        self._desk: ContextVar[Desk | None] = ContextVar("desk", default=None)

    @contextmanager
    def operation(self) -> Iterator[None]:
        with self._at_desk():
            yield

    @contextmanager
    def _at_desk(self) -> Iterator[Desk]:
        """The desk of the operation that is under way, or one for this call alone."""
        desk = self._desk.get()
        if desk is not None:
            yield desk
            return
        caller = self._caller()
        with self._store.reading() if caller.reads else self._store.transaction() as session:
            if not caller.reads:
                lock_directory(session, caller.org_id)
            mark = self._desk.set(self._new_desk(session, caller.org_id))
            try:
                yield self._desk.get()  # type: ignore[misc]
            finally:
                self._desk.reset(mark)

    def _new_desk(self, session: Session, org_id: UUID) -> Desk:
        organisation = session.get_one(Organisation, org_id)
        today = local_day(organisation, self._clock())
        return Desk(session, org_id, today, ZoneInfo(organisation.timezone))

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        shelf = _shelf(resource_type)
        with self._at_desk() as desk:
            row = shelf.find(desk, resource_id)
            return shelf.resources(desk, [row], not _leaves_out(shelf, response_parameters))[0]

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        shelves = [_shelf(one) for one in resource_types]
        plain = search_request.filter is None and search_request.sort_by is None
        light = all(_leaves_out(shelf, search_request) for shelf in shelves) and plain
        with self._at_desk() as desk:
            return found_page(desk, shelves, search_request, whole=not light)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        shelf = _shelf(resource_type)
        with self._at_desk() as desk:
            row = shelf.create(desk, resource)
            SCIM_WRITES.labels(shelf.kind, "created").inc()
            return shelf.resources(desk, [row])[0]

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        shelf = _shelf(resource_type)
        with self._at_desk() as desk:
            row = shelf.find_version(desk, resource.id, expected_version)
            shelf.change(desk, row, resource)
            SCIM_WRITES.labels(shelf.kind, "changed").inc()
            return shelf.resources(desk, [row])[0]

    def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        shelf = _shelf(resource_type)
        with self._at_desk() as desk:
            shelf.remove(desk, shelf.find_version(desk, resource_id, expected_version))
            SCIM_WRITES.labels(shelf.kind, "deleted").inc()


def _shelf(resource_type: ResourceType) -> Shelf[Any]:
    return _SHELVES[str(resource_type.name)]


def _leaves_out(shelf: Shelf[Any], parameters: ResponseParameters[Any] | None) -> bool:
    """Whether an answer has nothing of what has rows of its own."""
    if parameters is None:
        return False
    if parameters.attributes:
        return not any(_names(path, shelf) for path in parameters.attributes)
    return any(str(path).lower() == _HEAVY[shelf.kind] for path in parameters.excluded_attributes or ())


def _names(path: Path[Any], shelf: Shelf[Any]) -> bool:
    whole = str(path).lower() == str(MODELS[shelf.kind].__schema__).lower()
    return whole or _HEAVY[shelf.kind] in (part.lower() for part in path.parts)
