"""The question on the terminal: two steps, later at any time, and who sees the answer on the same screen."""

import io
from collections.abc import Iterator

import pytest

from agent.pulse.bank import LANGUAGES
from agent.pulse.label_list import Label
from agent.pulse.terminal import WIDTH, Reply, Terminal, ask, ask_comment

WEB = Label("row:team:Web", "row", "Web", 12, 9, {})
STEADY = Label("col:stage:steady", "col", "steady", 30, 22, {})


class Typist:
    """Types these lines and then ends the input."""

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        try:
            return next(self.lines)
        except StopIteration:
            raise EOFError from None


def asked(item: str, *lines: str, language: str = "en") -> tuple[Reply | None, str, list[str]]:
    typist, out = Typist(*lines), io.StringIO()
    reply = ask(Terminal(out, typist, language), item, WEB, STEADY, k=5)
    return reply, out.getvalue(), typist.prompts


@pytest.mark.parametrize(
    ("item", "lines", "reply"),
    [
        ("tech_sat", ("4", ""), Reply(4)),
        ("tech_sat", ("4", "2", ""), Reply(2)),
        ("tech_sat", ("0", "6", "yes", "5", ""), Reply(5)),
        ("tech_sat", ("", "", "1", ""), Reply(1)),
        ("tech_sat", ("۴", ""), Reply(4)),
        ("lost_time", ("1", ""), Reply(5)),
        ("noticed", ("3", ""), Reply(1)),
        ("enps", ("0", ""), Reply(0)),
        ("enps", ("10", ""), Reply(10)),
        ("tech_sat", ("s",), Reply(None)),
        ("tech_sat", ("4", "S"), Reply(None)),
        ("tech_sat", ("l",), None),
        ("tech_sat", ("4", "l"), None),
        ("tech_sat", ("4",), None),
        ("tech_sat", (), None),
    ],
)
def test_two_steps_and_a_way_out(item: str, lines: tuple[str, ...], reply: Reply | None) -> None:
    assert asked(item, *lines)[0] == reply


def test_the_second_step_names_what_will_be_sent() -> None:
    _, _, prompts = asked("tech_sat", "4", "")
    assert prompts[-1].startswith("Satisfied")


def test_the_same_screen_says_who_sees_the_answer() -> None:
    _, shown, _ = asked("tech_sat", "l")
    text = " ".join(shown.split())
    assert "Anonymous: built so that nobody" in text
    assert "results of at least 5 people" in text
    assert "among 9 people (Web), and separately among 22 people (people in steady work)" in text
    assert "Single answers are shown to nobody" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", ["tech_sat", "enps", "f_service"])
def test_every_language_fits_a_terminal(item: str, language: str) -> None:
    reply, shown, _ = asked(item, "3", "", language=language)
    assert reply is not None
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_a_comment_is_optional_and_cleaned() -> None:
    out = io.StringIO()
    assert ask_comment(Terminal(out, Typist(""), "en")) == ""
    assert ask_comment(Terminal(out, Typist(), "en")) == ""
    assert ask_comment(Terminal(out, Typist(" Ask  me@example.org "), "de")) == "Ask …"
    assert "Please write no names" in " ".join(out.getvalue().split())
