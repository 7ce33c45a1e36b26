"""Shapes of requests that identity providers send beside the standard, put into its words.

Pure. Of what they are known to send, the library reads the rest by itself: operations in capitals,
`"False"` for false, values without a path, members to remove in the value.
"""

import re
from collections.abc import Callable
from typing import Any

from server.people.fields import ENTERPRISE

MANAGER = f"{ENTERPRISE}:manager"
_BARE_MANAGER = re.compile(r'"(?:\\.|[^"\\])*"|(?<![:.\w])manager(?=\s+eq\b)', re.IGNORECASE)
"""A text in quotes, or the attribute without its schema."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def in_standard_words(method: str, path: str, body: Any) -> Any:
    """The body of a request to a path below the root, rewritten where it needs to be; else the same."""
    if not isinstance(body, dict):
        return body
    if path.strip("/") == "Bulk":
        return _each_operation(body, _bulk_operation)
    if method == "PATCH":
        return _patch(body)
    return _resource(body)


def filter_in_standard_words(text: str) -> str:
    """A filter in which the manager is named with the schema."""
    return _BARE_MANAGER.sub(lambda found: found[0] if found[0][0] == '"' else f"{MANAGER}.value", text)


def _bulk_operation(operation: dict[str, Any]) -> list[dict[str, Any]]:
    data = _member(operation, "data")
    if data is None or not isinstance(operation[data], dict):
        return [operation]
    method = _member(operation, "method")
    is_patch = method is not None and str(operation[method]).upper() == "PATCH"
    return [operation | {data: (_patch if is_patch else _resource)(operation[data])}]


def _patch(body: dict[str, Any]) -> dict[str, Any]:
    return _each_operation(body, _patch_operation)


def _patch_operation(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """One operation, or two where a value without a path takes the manager away among other things."""
    op, path, value = (_member(operation, name) for name in ("op", "path", "value"))
    if op is None or value is None:
        return [operation]
    kind, told = str(operation[op]).lower(), operation[value]
    if kind == "remove":
        return [_without(operation, value)] if told in _EMPTY else [operation]
    if path is not None and isinstance(operation[path], str):
        if operation[path].lower() != MANAGER.lower():
            return [operation]
        if told in _EMPTY:
            return [_without(operation, value) | {op: "remove"}]
        return [operation | {value: _manager(told)}]
    if not isinstance(told, dict):
        return [operation]
    rest = _resource(told)
    taken = {key for key in rest if key.lower() == MANAGER.lower()}
    if any(rest[key] in _EMPTY for key in taken) or _names_no_manager(told):
        kept = {key: inner for key, inner in rest.items() if key not in taken}
        removal = {op: "remove", path or "path": MANAGER}
        return [operation | {value: kept}, removal] if kept else [removal]
    return [operation | {value: {key: _manager(v) if key in taken else v for key, v in rest.items()}}]


def _resource(body: dict[str, Any]) -> dict[str, Any]:
    """A user whose manager is an object, or absent."""
    extension = _member(body, ENTERPRISE)
    if extension is None or not isinstance(body[extension], dict):
        return body
    manager = _member(body[extension], "manager")
    if manager is None:
        return body
    told = body[extension][manager]
    if told in _EMPTY:
        return body | {extension: _without(body[extension], manager)}
    return body | {extension: body[extension] | {manager: _manager(told)}}


def _names_no_manager(body: dict[str, Any]) -> bool:
    extension = _member(body, ENTERPRISE)
    if extension is None or not isinstance(body[extension], dict):
        return False
    manager = _member(body[extension], "manager")
    return manager is not None and body[extension][manager] in _EMPTY


def _manager(told: Any) -> Any:
    """`{"value": id}` of an id alone, or of a list with one manager in it."""
    if isinstance(told, list) and len(told) == 1:
        return _manager(told[0])
    return {"value": told} if isinstance(told, str) else told


def _each_operation(
    body: dict[str, Any], rewrite: Callable[[dict[str, Any]], list[dict[str, Any]]]
) -> dict[str, Any]:
    operations = _member(body, "operations")
    if operations is None or not isinstance(body[operations], list):
        return body
    made: list[Any] = []
    for operation in body[operations]:
        made.extend(rewrite(operation) if isinstance(operation, dict) else [operation])
    return body | {operations: made}


def _member(value: dict[str, Any], name: str) -> str | None:
    """The key under which an object holds this member: names are read in any case."""
    return next((key for key in value if key.lower() == name.lower()), None)


def _without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name != key}
