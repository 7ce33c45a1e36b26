"""The interface for programs as pages: its calls and shapes, and one page for each problem type. Open to all.

They are made of the description that programs read (`server/interface/openapi.py`), in English only, like it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dashboards.schema_words import in_words
from server.access.cookies import COOKIE, HOST_PREFIX
from server.config import Settings
from server.errors import NotFound
from server.interface.calls import CALLS, PARTS, Call
from server.interface.explained import Explained, problem_types
from server.interface.openapi import ABOUT, document
from server.web.problems import HELP_PATH

bp = Blueprint("api_reference", __name__)

WHO = {
    "device": "an enrolled laptop, by its token",
    "key": "somebody with an enrolment key, or a copied laptop by its old token",
    "session": "somebody who is signed in to the pages, each role as it sees there",
    "watcher": "this machine, or somebody with the token DEX_METRICS_TOKEN",
    "reader": "somebody with the token DEX_RELEASED_TOKEN",
    "nobody": "anybody",
}
_AUTHORISED = {
    "device": '-H "Authorization: Bearer $TOKEN"',
    "key": '-H "Authorization: Bearer $KEY"',
    "session": f'--cookie "{COOKIE}=$SESSION"',
    "watcher": '-H "Authorization: Bearer $DEX_METRICS_TOKEN"',
    "reader": '-H "Authorization: Bearer $DEX_RELEASED_TOKEN"',
}


@bp.get("/api")
def reference() -> ResponseReturnValue:
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "api.html",
        about=ABOUT,
        parts=PARTS,
        calls=_calls(settings.public_url),
        shapes=_shapes(),
        problems=problem_types().values(),
    )


@bp.get(f"{HELP_PATH}<slug>")
def problem_type(slug: str) -> ResponseReturnValue:
    explained = problem_types().get(slug)
    if explained is None:
        raise NotFound("There is no such problem type.")
    met = [shown for shown in _calls("") if explained in shown.problems]
    return render_template("problem_type.html", problem=explained, calls=met)


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a shape, or a part of an address."""

    name: str
    form: Markup
    needed: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    says: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Shown:
    """A call as it is shown. `answers`: per status what it says."""

    call: Call
    who: str
    parameters: list[Row]
    takes: Markup | None
    gives: Markup | None
    curl: str
    example: str
    answers: list[tuple[str, str]]
    problems: list[Explained]


@cache
def _calls(base: str) -> list[Shown]:
    """In the order of the parts; `base` is the address that examples ask."""
    return [_shown(call, base) for part in PARTS for call in CALLS if call.part == part]


def _shown(call: Call, base: str) -> Shown:
    operation = document()["paths"][call.path][call.method]
    types = problem_types()
    taken = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    given = operation["responses"][str(int(call.status))]["content"][call.media]
    return Shown(
        call=call,
        who=WHO[call.who] + (f", or a program's key with the scope {call.scope}" if call.scope else ""),
        parameters=[
            _row(each["name"], each | each["schema"], each.get("required", False)) for each in _own(operation)
        ],
        takes=in_words(taken["schema"]) if taken else None,
        gives=in_words(given["schema"]) if given["schema"] else None,
        curl=_curl(call, operation, base, taken.get("example")),
        example=_text(given.get("example")),
        answers=[(status, answer["description"]) for status, answer in operation["responses"].items()],
        problems=[types[kind.slug] for kind in dict.fromkeys(call.every_problem)],
    )


def _own(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operation["parameters"]
    return found


def _row(name: str, schema: Mapping[str, Any], needed: bool) -> Row:
    return Row(name, in_words(schema), needed, schema.get("description", ""))


def _curl(call: Call, operation: Mapping[str, Any], base: str, body: Any) -> str:
    """The call as somebody types it."""
    path, query = call.path, []
    for each in _own(operation):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", each["example"])
        elif each["in"] == "query" and "example" in each:
            query.append(f"{each['name']}={each['example']}")
    cookie = HOST_PREFIX + COOKIE if base.startswith("https://") else COOKIE
    brings = _AUTHORISED.get(call.who, "").replace(COOKIE, cookie)
    words = ["curl", brings, f'"{base}{path}{"?" if query else ""}{"&".join(query)}"']
    line = " ".join(word for word in words if word)
    if body is None:
        return line
    return f"{line} \\\n  -H 'Content-Type: application/json' --data @- <<'END'\n{_text(body)}\nEND"


def _text(example: Any) -> str:
    if example is None or isinstance(example, str):
        return example or ""
    return json.dumps(example, indent=2, ensure_ascii=False)


@cache
def _shapes() -> list[Shape]:
    return list(_each_shape())


def _each_shape() -> Iterator[Shape]:
    for name, schema in document()["components"]["schemas"].items():
        if "properties" in schema:
            needed = schema.get("required", ())
            rows = [_row(field, part, field in needed) for field, part in schema["properties"].items()]
            yield Shape(name, schema.get("description", ""), rows)
