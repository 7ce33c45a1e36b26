"""`dex-agent doctor`: what is missing, and the command that brings it."""

import argparse
import json
from pathlib import Path

from agent.config import load_config
from agent.doctor import Finding, examine, missing
from agent.show import count_of

STATE_WORDS = {"ok": "all right", "denied": "not permitted", "absent": "not there", "gap": "wants a look"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def main(path: Path, arguments: argparse.Namespace) -> int:
    """Exit code 0 where nothing can be mended, 1 otherwise."""
    findings = examine(load_config(path))
    wrong = missing(findings)
    if arguments.json:
        print(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(findings, wrong)))
    return 1 if wrong else 0


def _lines(findings: list[Finding], wrong: int) -> list[str]:
    first = (
        f"{count_of(wrong, 'thing')} could be mended; the commands stand below."
        if wrong
        else "Everything that this laptop offers can be read."
    )
    width = max(len(finding.about) for finding in findings)
    lines = [first, ""]
    for finding in findings:
        lines.append(f"  {finding.about:<{width}}  {STATE_WORDS[finding.state]:<13}  {finding.sentence}")
        if finding.command:
            lines.append(f"  {'':<{width}}  {'':<13}  $ {finding.command}")
    return [*lines, "", "Run it as the account of the service: what that account may read is what counts."]
