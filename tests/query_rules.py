"""Which statements a cluster takes: rules of docs/decisions/0002-one-schema.md, held against parse trees.

A table of tenants or laptops must be bound to an organisation: its `org_id` equals a value, or the `org_id`
of a table that is bound. Tables of laptops that are read together must also be joined by `device_id`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, count
from typing import Any

import psycopg
from parse_tree import Node, listed, parsed, walk

from server.schema import metadata

Key = tuple[int, int, int]
"""A column: level of the statement, number of the table there, number of the column in it."""

SELECT, UPDATE, INSERT, DELETE = "1", "2", "3", "4"
TABLE, SUBQUERY, JOIN, FUNCTION, VALUES, CTE, GROUP = "0", "1", "2", "3", "5", "6", "9"
VALUE: Key = (0, 0, 0)
"""Stands for every parameter and constant."""


@dataclass(frozen=True)
class Catalogue:
    """What the numbers in a parse tree stand for."""

    tables: Mapping[str, str]
    equal: frozenset[str]
    changing: frozenset[str]
    """Functions that may give something else for the same arguments."""

    @classmethod
    def of(cls, connection: psycopg.Connection) -> "Catalogue":
        def column(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        return cls(
            dict(column("SELECT oid::text, relname FROM pg_class WHERE relkind IN ('r', 'p')")),
            frozenset(oid for (oid,) in column("SELECT oid::text FROM pg_operator WHERE oprname = '='")),
            frozenset(oid for (oid,) in column("SELECT oid::text FROM pg_proc WHERE provolatile <> 'i'")),
        )


@dataclass
class Table:
    name: str
    columns: list[str]
    level: int
    number: int

    @property
    def scale(self) -> str:
        known = metadata.tables.get(self.name)
        return "" if known is None else str(known.info["scale"])

    def key(self, column: str) -> Key:
        return self.level, self.number, self.columns.index(column) + 1


@dataclass
class Statement:
    """A tree, its tables, and which of their columns are equal in every row."""

    tree: Node
    catalogue: Catalogue
    tables: list[Table] = field(default_factory=list)
    _same: dict[Key, Key] = field(default_factory=dict)
    _levels: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._read(self.tree, [])

    def are_equal(self, one: Key, other: Key) -> bool:
        return self._root(one) == self._root(other)

    def _root(self, key: Key) -> Key:
        while key in self._same:
            key = self._same[key]
        return key

    def _join(self, one: Key | None, other: Key | None) -> None:
        if one and other and not self.are_equal(one, other):
            self._same[self._root(one)] = self._root(other)

    def _read(
        self, query: Node, outer: list[tuple[int, Node, dict[str, list[Key | None]]]]
    ) -> list[Key | None]:
        """Read one SELECT, INSERT …; gives the keys of its columns."""
        level = next(self._levels)
        ctes: dict[str, list[Key | None]] = {}
        levels = [*outer, (level, query, ctes)]
        for cte in listed(query.get("cteList")):
            ctes[cte["ctename"]] = self._read(cte["ctequery"], levels)
        for number, entry in enumerate(listed(query["rtable"]), start=1):
            self._read_entry(entry, number, levels)
        self._read_conditions(query.get("jointree"), levels)
        for part in ("targetList", "havingQual", "returningList", "onConflict"):
            self._read_subqueries(query.get(part), levels)
        columns = [item for item in listed(query["targetList"]) if item.get("resjunk") != "true"]
        return [self._key(item["expr"], levels) for item in columns]

    def _read_entry(self, entry: Node, number: int, levels: list) -> None:
        level, _, _ = levels[-1]
        columns: list[Key | None] = []
        names = listed(entry["eref"].get("colnames"))
        match entry["rtekind"]:
            case k if k == TABLE:
                name = self.catalogue.tables[entry["relid"]]
                self.tables.append(Table(name, names, level, number))
            case k if k == SUBQUERY:
                columns = self._read(entry["subquery"], levels)
            case k if k == CTE:
                columns = levels[-1 - int(entry["ctelevelsup"])][2].get(entry["ctename"], [])
            case k if k == JOIN:
                columns = [self._key(value, levels) for value in listed(entry["joinaliasvars"])]
            case k if k == GROUP:
                columns = [self._key(value, levels) for value in listed(entry["groupexprs"])]
            case k if k in (FUNCTION, VALUES):  # rows that came as parameters
                columns = [VALUE] * len(names)
                self._read_subqueries(entry, levels)
        for place, column in enumerate(columns, start=1):
            self._join((level, number, place), column)

    def _read_conditions(self, value: Any, levels: list) -> None:
        """Equalities that every row keeps: in WHERE and ON, and below AND, not below OR."""
        if isinstance(value, list):
            for item in value:
                self._read_conditions(item, levels)
        if not isinstance(value, dict):
            return
        kind = value["kind"]
        if kind in ("FROMEXPR", "JOINEXPR"):
            for part in ("fromlist", "larg", "rarg", "quals"):
                self._read_conditions(value.get(part), levels)
        elif kind == "BOOLEXPR" and value["boolop"] == "and":
            self._read_conditions(value["args"], levels)
        elif kind == "OPEXPR" and value["opno"] in self.catalogue.equal:
            one, other = listed(value["args"])
            self._join(self._key(one, levels), self._key(other, levels))
            self._read_subqueries(value["args"], levels)
        elif kind == "SUBLINK":
            self._read_sublink(value, levels)
        else:
            self._read_subqueries(value, levels)

    def _read_sublink(self, link: Node, levels: list) -> None:
        """EXISTS, and IN, which makes a column equal to one of the subquery."""
        columns = self._read(link["subselect"], levels)
        tests = link.get("testexpr")
        for test in walk(tests):
            if test["kind"] == "OPEXPR" and test["opno"] in self.catalogue.equal:
                one, other = listed(test["args"])
                inner = [node for node in walk(other) if node["kind"] == "PARAM"]
                if inner and inner[0]["paramkind"] == "2":
                    self._join(self._key(one, levels), columns[int(inner[0]["paramid"]) - 1])

    def _read_subqueries(self, value: Any, levels: list) -> None:
        if isinstance(value, dict) and value.get("kind") == "SUBLINK":
            self._read_sublink(value, levels)
        elif isinstance(value, dict):
            for inner in value.values():
                self._read_subqueries(inner, levels)
        elif isinstance(value, list):
            for inner in value:
                self._read_subqueries(inner, levels)

    def _key(self, value: Any, levels: list) -> Key | None:
        while isinstance(value, dict) and value["kind"] == "RELABELTYPE":
            value = value["arg"]
        if not isinstance(value, dict):
            return None
        if value["kind"] == "VAR":
            level, _, _ = levels[-1 - int(value["varlevelsup"])]
            return level, int(value["varno"]), int(value["varattno"])
        is_value = value["kind"] == "CONST" or (value["kind"] == "PARAM" and value["paramkind"] == "0")
        return VALUE if is_value else None


def complaints(connection: psycopg.Connection, catalogue: Catalogue, statement: str) -> list[str]:
    """One sentence per rule that this statement breaks; its parameters are written $1, $2 …"""
    tree = parsed(connection, statement)
    if tree is None:
        return []
    read = Statement(tree, catalogue)
    rules = (_bound, _joined, _apart, _written, _forms, _locks)
    return [complaint for rule in rules for complaint in rule(read)]


def _bound(statement: Statement) -> Iterator[str]:
    for table in statement.tables:
        if table.scale not in ("tenant", "device") or _is_inserted(statement, table):
            continue
        if not statement.are_equal(table.key("org_id"), VALUE):
            yield f"{table.name} is not bound to an organisation"


def _joined(statement: Statement) -> Iterator[str]:
    devices = [t for t in statement.tables if t.scale == "device" and not _is_inserted(statement, t)]
    for one, other in combinations(devices, 2):
        if not statement.are_equal(one.key("device_id"), other.key("device_id")):
            yield f"{one.name} and {other.name} are not joined by device_id"


def _apart(statement: Statement) -> Iterator[str]:
    """Tables that stay on one machine are not read together with those that are spread."""
    scales = {table.scale for table in statement.tables}
    if "local" in scales and scales & {"tenant", "device"}:
        yield "a table of this installation is joined with one of an organisation"


def _written(statement: Statement) -> Iterator[str]:
    for query in walk(statement.tree):
        if query["kind"] != "QUERY" or query["commandType"] not in (INSERT, UPDATE):
            continue
        entry = listed(query["rtable"])[int(query["resultRelation"]) - 1]
        table = Table(statement.catalogue.tables[entry["relid"]], [], 0, 0)
        needed = {"tenant": {"org_id"}, "device": {"org_id", "device_id"}}.get(table.scale, set())
        changed = {item.get("resname") for item in listed(query["targetList"])}
        if query["commandType"] == INSERT and needed - changed:
            yield f"{table.name} is filled without {sorted(needed - changed)}"
        if query["commandType"] == UPDATE and needed & changed:
            yield f"{table.name} has its key changed"
        conflict = query.get("onConflict")
        if isinstance(conflict, dict):
            yield from _conflict(statement, table, needed, conflict)


def _conflict(statement: Statement, table: Table, needed: set[str], conflict: Node) -> Iterator[str]:
    changes = listed(conflict.get("onConflictSet"))
    if needed & {item.get("resname") for item in changes}:
        yield f"{table.name} has its key changed on a conflict"
    called = {node.get("funcid", node.get("opfuncid")) for node in walk(changes)}
    if called & statement.catalogue.changing:
        yield f"{table.name} gets from a conflict what changes by itself, as now()"


def _forms(statement: Statement) -> Iterator[str]:
    for query in walk(statement.tree):
        if query["kind"] == "QUERY" and query.get("groupingSets"):
            yield "several groupings at once (ROLLUP, CUBE, GROUPING SETS)"
        if query["kind"] == "QUERY" and query.get("hasRecursive") == "true":
            yield "recursion"


def _locks(statement: Statement) -> Iterator[str]:
    """FOR UPDATE works on one machine only: that of one organisation and, of laptops, of one laptop."""
    if not any(listed(query.get("rowMarks")) for query in walk(statement.tree) if query["kind"] == "QUERY"):
        return
    for table in statement.tables:
        for column in {"tenant": ["org_id"], "device": ["org_id", "device_id"]}.get(table.scale, []):
            if not statement.are_equal(table.key(column), VALUE):
                yield f"{table.name} is locked for more than one {column}"


def _is_inserted(statement: Statement, table: Table) -> bool:
    """Whether rows only come into it, so that nothing is looked up there; or it stands for these rows."""
    if statement.tree["commandType"] != INSERT or table.level != 1:
        return False
    conflict = statement.tree.get("onConflict") or {}
    return str(table.number) in (statement.tree["resultRelation"], conflict.get("exclRelIndex"))
