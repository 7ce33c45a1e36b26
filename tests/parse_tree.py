"""How PostgreSQL itself understood a statement: its parse tree, in which all names are resolved.

The server prints it when it is asked to (`debug_print_parse`). A statement is only parsed, never run, so it
needs no values for its parameters.
"""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

Node = dict[str, Any]
"""`kind` is the type, as QUERY or VAR; fields are atoms (text), nodes, or lists of these."""

_TOKEN = re.compile(r'[(){}]|"(?:\\.|[^"\\])*"|(?:\\.|[^\s(){}\\])+', re.DOTALL)


def asked_to_print(url: str) -> psycopg.Connection:
    """A connection on which the server prints what it parses."""
    connection = psycopg.connect(url, autocommit=True)
    for setting in ("debug_print_parse = on", "debug_pretty_print = off", "client_min_messages = log"):
        connection.execute(f"SET {setting}")
    return connection


def parsed(connection: psycopg.Connection, statement: str) -> Node | None:
    """The tree of a statement with parameters $1, $2 …; None for one that is no query, as SHOW."""
    told: list[str] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        if notice.message_primary == "parse tree:":
            told.append(notice.message_detail or "")

    connection.add_notice_handler(hear)
    try:
        answer = connection.pgconn.prepare(b"", statement.encode())
    finally:
        connection.remove_notice_handler(hear)
    if answer.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise ValueError(f"{answer.error_message.decode()}\n{statement}")
    tree = read(told[-1]) if told else None
    return None if tree is None or tree.get("utilityStmt") else tree


def read(text: str) -> Node:
    tokens = iter(_TOKEN.findall(text))
    assert next(tokens) == "{"
    return _node(tokens)


def _node(tokens: Iterator[str]) -> Node:
    node: Node = {"kind": next(tokens)}
    values: list[Any] = []
    for token in tokens:
        if token == "}":
            break
        if token.startswith(":"):
            values = []
            node[token[1:]] = values
        else:
            values.append(_value(token, tokens))
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value or None
        for name, value in node.items()
    }


def _value(token: str, tokens: Iterator[str]) -> Any:
    if token == "{":
        return _node(tokens)
    if token == "(":
        return list(_until_closed(tokens))
    return None if token == "<>" else token.replace("\\", "").strip('"')


def _until_closed(tokens: Iterator[str]) -> Iterator[Any]:
    for token in tokens:
        if token == ")":
            return
        yield _value(token, tokens)


def listed(value: Any) -> list[Any]:
    """A field that holds a list; absent and empty ones alike."""
    return value if isinstance(value, list) else []


def walk(value: Any) -> Iterator[Node]:
    """All nodes below, this one first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
