"""An export as one page that needs nothing else: to be read in a browser, printed and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from markupsafe import Markup, escape

from server.own_data.export import Export, Row

CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "directory": (
        *("person", "assignment", "move", "absence", "past_spell", "stage_feed", "inventory"),
        *("person_source", "directory_change", "scim_user", "scim_member", "task_done"),
    ),
    "laptops": ("device", "device_person", "device_fact", "device_fault", "device_drop"),
    "days": ("device_day", "app_day", "service_day", "event", "raw_batch"),
    "made": ("person_week", "cohort_queue", "experiment_person"),
    "access": (
        *("account", "role_grant", "provider_identity", "access_closed", "sign_in_name"),
        *("session", "login_link"),
    ),
    "rights": ("support_look", "person_request", "restriction", "audit"),
}
"""What is told together, in this order; tables of no chapter come last, under `other`."""
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of the page, in the reader's language; `chapters` has one for each and for `other`."""

    language: str = "en"
    direction: str = "ltr"
    title: str = "What is stored about you"
    intro: str = (
        "These are all rows that are about you, on your laptops' days, or by your name. Released figures are "
        "not among them: they were made of many people. Answers to the pulse are not either: they carry no "
        "name, so nobody can find yours. Names of columns are those of the product's documents."
    )
    rows: str = "rows"
    chapters: Mapping[str, str] = field(
        default_factory=lambda: {
            "directory": "You in the company's directory",
            "laptops": "Your laptops",
            "days": "What your laptops told, day by day",
            "made": "What was made of it about you alone",
            "access": "Signing in",
            "rights": "Your rights, and looks of others",
            OTHER: "Other",
        }
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.2rem .5rem;vertical-align:top;"
    "text-align:start;overflow-wrap:anywhere}.t{overflow-x:auto;margin-bottom:1.5rem}"
    "code,td{font-family:ui-monospace,monospace;font-size:.85em}"
)


def as_html(found: Export, words: Words | None = None) -> str:
    """The whole page; every value is escaped."""
    said = words or Words()
    parts = [
        f'<!doctype html>\n<html lang="{escape(said.language)}" dir="{escape(said.direction)}">',
        f'<head><meta charset="utf-8"><title>{escape(said.title)}</title><style>{_STYLE}</style></head>',
        "<body>",
        f"<h1>{escape(said.title)}</h1>",
        f"<p>{escape(found.organisation)}, {found.day.isoformat()}</p><p>{escape(said.intro)}</p>",
    ]
    for chapter, names in _chapters(found).items():
        parts.append(f"<h2>{escape(said.chapters[chapter])}</h2>")
        for name in names:
            rows = found.tables[name]
            parts.append(f"<h3><code>{escape(name)}</code> ({len(rows)} {escape(said.rows)})</h3>")
            parts.append(str(_table(rows)))
    return "\n".join([*parts, "</body></html>", ""])


def _chapters(found: Export) -> dict[str, list[str]]:
    """Names of the tables that have rows, by chapter."""
    told = {chapter: [n for n in names if n in found.tables] for chapter, names in CHAPTERS.items()}
    placed = {name for names in CHAPTERS.values() for name in names}
    told[OTHER] = [name for name in found.tables if name not in placed]
    return {chapter: names for chapter, names in told.items() if names}


def _table(rows: Sequence[Row]) -> Markup:
    """Columns that are empty in every row are left out."""
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in columns)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(_text(row[name])) for name in columns)
        )
        for row in rows
    )
    return Markup('<div class="t"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        head, body
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
