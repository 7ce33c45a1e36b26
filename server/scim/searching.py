"""Finding users and groups: by an index where the filter names one, else one by one up to a limit."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from scim2_models import Resource, ScimFilter, SearchRequest, TooManyException
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator
from scim2_server.storage import SearchPage

from server.scim.limits import MOST_WALKED
from server.scim.schemas import MODELS
from server.scim.shelves import Desk, Shelf, compared

_READ_AT_ONCE = 500
Condition = sa.ColumnElement[bool]


def found_page(
    desk: Desk, shelves: Sequence[Shelf[Any]], request: SearchRequest[Any], whole: bool
) -> SearchPage:
    """One page of what matches, of one kind or of several as one list.

    Raises TooManyException where more than MOST_WALKED would have to be looked at.
    """
    if len(shelves) == 1 and request.filter is None and request.sort_by is None:
        return _page_of_all(desk, shelves[0], request, whole)
    found: list[Resource[Any]] = []
    for shelf in shelves:
        found += _matching(desk, shelf, request.filter, whole)
    found = request.sort(found)
    start = request.start_index_0 or 0
    stop = None if request.count is None else start + request.count
    return SearchPage(len(found), found[start:stop])


def _page_of_all(desk: Desk, shelf: Shelf[Any], request: SearchRequest[Any], whole: bool) -> SearchPage:
    mine = shelf.table.org_id == desk.org_id
    total = desk.session.scalar(sa.select(sa.func.count()).select_from(shelf.table).where(mine)) or 0
    query = sa.select(shelf.table).where(mine).order_by(shelf.id_column).offset(request.start_index_0 or 0)
    if request.count is not None:
        query = query.limit(request.count)
    rows = desk.session.scalars(query).all() if request.count != 0 else []
    return SearchPage(total, shelf.resources(desk, rows, whole))


def _matching(
    desk: Desk, shelf: Shelf[Any], asked: ScimFilter[Any] | None, whole: bool
) -> Iterator[Resource[Any]]:
    """Every resource that the filter keeps, in the order of ids."""
    model = MODELS[shelf.kind]
    of_kind: ScimFilter[Any] | None = None
    conditions: list[Condition] = [shelf.table.org_id == desk.org_id]
    if asked is not None:
        of_kind = ScimFilter.__class_getitem__(model)(str(asked))
        conditions += _conditions(shelf, of_kind.ast)
    some = sa.select(sa.literal(1)).select_from(shelf.table).where(*conditions).limit(MOST_WALKED + 1)
    if (desk.session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0) > MOST_WALKED:
        raise TooManyException(
            detail=f"More than {MOST_WALKED} would be looked at; quick are {', '.join(shelf.searched)}"
        )
    query = sa.select(shelf.table).where(*conditions).order_by(shelf.id_column)
    for rows in desk.session.scalars(query).partitions(_READ_AT_ONCE):
        for resource in shelf.resources(desk, rows, whole):
            if of_kind is None or of_kind.match(resource):
                yield resource


def _conditions(shelf: Shelf[Any], node: FilterNode) -> list[Condition]:
    """What must hold of columns wherever the filter matches: of equalities that it demands."""
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        return [condition for term in node.terms for condition in _conditions(shelf, term)]
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq:
        return []
    path, value = node.attr_path, node.value
    column = shelf.searched.get(path.attr.lower())
    core = str(MODELS[shelf.kind].__schema__).lower()
    if column is None or path.sub_attr or not isinstance(value, str) or (path.uri or core).lower() != core:
        return []
    if path.attr.lower() != "id":
        return [column == compared(MODELS[shelf.kind], path.attr, value)]
    try:
        return [column == UUID(value)]
    except ValueError:
        return [sa.false()]
