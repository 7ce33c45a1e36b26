"""Writes the legal pack: drafts for counsel, works council and employees, made of what the product does."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.languages import LANGUAGES
from dashboards.legal.facts import Facts, Say, values
from server.errors import UsageError

DASHBOARDS = Path(__file__).parents[1]
TEXTS = (
    "README.md",
    "data-inventory.md",
    "dpia.md",
    "legal-basis.md",
    "record-of-processing.md",
    "works-agreement.md",
)
IN_GERMAN = "works-agreement.de.md"
COUNTRIES = "Germany, France, Italy, the Netherlands, Austria and Spain"
HEADINGS = ("place", "name", "what", "unit", "purpose", "basis", "kept", "about")


def write_pack(out: Path, facts: Facts, today: date, language: str) -> list[str]:
    """Write all files into a folder; their names. Sentences of the inventory are in `language`."""
    made = dict(files(facts, today, language))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (out / name).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.") from error
    return sorted(made)


def files(facts: Facts, today: date, language: str) -> Iterator[tuple[str, str]]:
    """Name and text of each file."""
    pages = Environment(
        loader=FileSystemLoader(DASHBOARDS / "templates"),
        autoescape=False,  # noqa: S701 (Markdown; what somebody typed goes through `cell`)
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    pages.filters["cell"] = cell
    english = _filled(facts, today, "en")
    for name in TEXTS:
        yield name, pages.get_template(f"legal/{name}").render(english | {"_": sayer(language)})
    german = _filled(facts, today, "de")
    yield IN_GERMAN, pages.get_template(f"legal/{IN_GERMAN}").render(german)
    for code in LANGUAGES:
        text = pages.get_template(f"legal/notice.{code}.md").render(_filled(facts, today, code))
        yield f"notice.{code}.md", text
    yield "data-inventory.csv", inventory(facts, sayer(language))


def inventory(facts: Facts, say: Say) -> str:
    """Every field and column as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in (*facts.sent, *facts.kept):
        says = say(row.says) if row.says else ""
        writer.writerow((row.place, row.name, says, row.unit, row.purpose, row.basis, row.kept, row.about))
    return out.getvalue()


def sayer(language: str) -> Say:
    """Says sentences of the product in a language, by the catalogues of the pages."""
    found = Translations.load(DASHBOARDS / "translations", [language])
    return lambda text: str(found.gettext(text))


def cell(text: str) -> str:
    """A text that somebody typed, as it stands in one cell of a Markdown table."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in " ".join(text.split()))


def _filled(facts: Facts, today: date, language: str) -> dict[str, Any]:
    more = {"countries": COUNTRIES, "notices": LANGUAGES}
    return values(facts, today, sayer(language)) | more
