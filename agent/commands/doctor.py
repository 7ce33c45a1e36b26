"""`dex-agent doctor`: what is missing, and the command that brings it."""

import argparse
import json
from pathlib import Path

from agent.config import load_config
from agent.language.words import _, ngettext, said
from agent.showing.doctor import Finding, examine, missing
from agent.showing.terminal_table import cell, text_of, width_of

STATE_WORDS = {
    "ok": said("all right"),
    "denied": said("not permitted"),
    "absent": said("not there"),
    "gap": said("needs a look"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Exit code 0 where nothing can be mended, 1 otherwise."""
    findings = examine(load_config(path))
    wrong = missing(findings)
    if arguments.json:
        print(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print(text_of(_lines(findings, wrong)))
    return 1 if wrong else 0


def _lines(findings: list[Finding], wrong: int) -> list[str]:
    if wrong:
        first = ngettext(
            "{n} thing could be mended; its command stands below.",
            "{n} things could be mended; their commands stand below.",
            wrong,
        )
    else:
        first = _("Everything that this laptop offers can be read.")
    about = max(width_of(finding.about) for finding in findings)
    state = max(width_of(_(words)) for words in STATE_WORDS.values())
    lines = [first, ""]
    for found in findings:
        head = f"  {cell(found.about, about)}  {cell(_(STATE_WORDS[found.state]), state)}"
        lines.append(f"{head}  {cell(found.sentence)}")
        if found.command:
            lines.append(f"  {'':{about + state + 2}}  $ {found.command}")
    advice = _("Run it as the account of the service: what that account may read is what counts.")
    return [*lines, "", advice]
