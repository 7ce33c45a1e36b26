"""Every text of the agent is in every catalogue, keeps its values, and is found again in what was kept."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from agent.language.catalogue import FOLDER, LEAST_LETTERS, Catalogue, Pattern, speaker_of
from agent.language.languages import LANGUAGES
from agent.language.message_extraction import UNREAD, messages, vocabulary
from agent.language.words import English

AGENT = Path(__file__).parents[2] / "agent"
TRANSLATED = [code for code in LANGUAGES if code not in ("en", "en-XA")]
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[a-z]|%[a-z]")
NAME_IN_PLACE = re.compile(r"\{(\w+)\}")
SENTENCE = re.compile(r"[A-Z{][^\n]*[a-z}]+ [^\n]*[a-z}]+ [^\n]*\.", re.DOTALL)
COMMAND = re.compile(r"`[^`]*`|(?<!\w)--[a-z-]+|dex-(?:agent|server)")

Text = str | tuple[str, str]


def texts_of(path: Path) -> Iterator[Text]:
    extract = vocabulary if path.name == "signals.py" else messages
    with path.open("rb") as file:
        yield from (text for _, _, text, _ in extract(file, (), ()))


@pytest.fixture(scope="module")
def in_code() -> set[Text]:
    return {text for path in AGENT.rglob("*.py") for text in texts_of(path)}


def catalogue(code: str) -> dict[Text, tuple[str, ...]]:
    with (FOLDER / code / "LC_MESSAGES" / "agent.po").open("rb") as file:
        found = read_po(file, locale=code)
    assert [message.id for message in found if message.fuzzy and message.id] == []
    return {
        tuple(m.id) if isinstance(m.id, tuple | list) else m.id: m.string if m.pluralizable else (m.string,)
        for m in found
        if m.id
    }


def test_the_extraction_sees_calls_errors_and_tables(in_code: set[Text]) -> None:
    assert "The agent does not run." in in_code
    assert ("{n} event was seen.", "{n} events were seen.") in in_code
    assert "The journal cannot be read: {error}." in in_code
    assert "How often it crashed" in in_code
    assert "no moment" not in in_code, "errors of Python itself are no texts for people"
    braces = [text for text in in_code if isinstance(text, str) and "{" in text]
    assert [t for t in braces if "% " in t] == [], "Babel takes “% o” for a place; see formats.percent"


def test_no_sentence_is_forgotten(in_code: set[Text]) -> None:
    """What looks like a sentence is marked for translators, or goes to the log, or is for programmers."""
    marked = {
        PLACE.sub("{}", form) for text in in_code for form in (text if isinstance(text, tuple) else (text,))
    }
    found = [
        f"{path.relative_to(AGENT)}: {text}"
        for path in AGENT.rglob("*.py")
        if path.name not in ("signals.py", "message_extraction.py")
        for text in sentences_in(path)
        if PLACE.sub("{}", text) not in marked
    ]
    assert found == [], "wrap it in `_`, or in `said` if it is kept or raised (agent/language/words.py)"


def sentences_in(path: Path) -> Iterator[str]:
    """Texts that begin like a sentence and end like one, with {} for values, but for those nobody reads."""
    tree = ast.parse(path.read_text("utf-8"))
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # documentation
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and is_unread(node.func.id):
            passed |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        elif isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) not in passed and SENTENCE.fullmatch(text := text_of(node)):
            yield text


def is_unread(name: str) -> bool:
    return name in UNREAD or name.startswith("notice") or hasattr(builtins, name)


def text_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_of_the_code_is_translated(code: str, in_code: set[Text]) -> None:
    known = catalogue(code)
    missing = [text for text in in_code if not all(known.get(text, ("",)))]
    assert missing == [], "run `make messages`, then translate what is empty"


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_values_and_commands(code: str) -> None:
    for original, translated in catalogue(code).items():
        for form in translated:
            places = set(PLACE.findall(form))
            if isinstance(original, tuple):  # "one batch" needs no number
                assert places | {"{n}"} == set(PLACE.findall(original[1])), form
            else:
                assert places == set(PLACE.findall(original)), form
                assert sorted(COMMAND.findall(form)) == sorted(COMMAND.findall(original)), form


@pytest.mark.parametrize("code", [*TRANSLATED, "en-XA"])
def test_a_kept_sentence_is_found_again_with_its_values(code: str, in_code: set[Text]) -> None:
    """As `status` does with what the service wrote in English."""
    speaker = speaker_of(LANGUAGES[code])
    assert isinstance(speaker, Catalogue)
    for text in filter(NAME_IN_PLACE.search, (text for text in in_code if isinstance(text, str))):
        if Pattern(text).own[0] < LEAST_LETTERS:
            continue
        values = {name: f"/{name}/7" for name in NAME_IN_PLACE.findall(text)}
        shown = {name: speaker.value(value) for name, value in values.items()}
        assert speaker.retold(text.format(**values)) == speaker.text(text).format(**shown)


def test_what_nobody_of_us_said_stays_as_it_is() -> None:
    speaker = speaker_of(LANGUAGES["de"])
    assert speaker.retold("Connection refused by peer") == "Connection refused by peer"
    assert speaker.retold("") == ""


def test_a_sentence_inside_a_sentence_is_found_again_too() -> None:
    kept = "There is no DEX collector at http://a: something answered 200 (text/html); everything is kept."
    told = speaker_of(LANGUAGES["de"]).retold(kept)
    assert told == (
        "Unter http://a gibt es keinen DEX-Sammelserver: etwas hat 200 geantwortet (text/html); "
        "alles wird aufgehoben."
    )


@pytest.mark.parametrize(
    ("number", "form"), [(1, "دفعة واحدة"), (2, "دفعتان"), (5, "5"), (11, "11"), (100, "100")]
)
def test_arabic_has_a_form_for_each_kind_of_number(number: int, form: str) -> None:
    speaker = speaker_of(LANGUAGES["ar"])
    assert form in speaker.counted("{n} batch", "{n} batches", number).format(n=number)


def test_without_a_compiled_catalogue_it_is_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("agent.language.catalogue.FOLDER", tmp_path)
    assert isinstance(speaker_of(LANGUAGES["de"]), English)
