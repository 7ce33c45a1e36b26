"""Everything that the product writes into the audit log has a sentence on the page about it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import dashboards
import server
from dashboards.audit_words import ACTIONS
from server.own_data.receipts import ACTIONS as OF_RECEIPTS
from server.rights.requests import Kind, RequestState

PLACES = {"record": 4, "note": 2, "_note": 4}
"""Functions that write an entry, and where among their arguments the action stands."""
HANDED_ON = {"server/access/audit.py", "server/commands/noting.py", "server/own_data/receipts.py"}
"""Files that write what others name."""


def files() -> Iterator[tuple[str, ast.Module]]:
    for package in (server, dashboards):
        root = Path(package.__file__).parent
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root.parent).as_posix()
            text = path.read_text("utf-8")
            if name not in HANDED_ON and re.search(r"access\.audit import|commands\.noting import", text):
                yield name, ast.parse(text)


def constants(tree: ast.AST) -> dict[str, list[str]]:
    """Texts that a name may stand for, wherever in the file it is assigned."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            texts = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).extend(t for t in texts if isinstance(t, str))
    return found


def actions_of(node: ast.expr, known: dict[str, list[str]]) -> list[str]:
    """What may stand there: a text, a text with names in it as a pattern, or names of texts."""
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in node.values]
        return ["".join(parts)]
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    named = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    named += [n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)]
    return [re.escape(text) for text in [*texts, *(t for name in named for t in known.get(name, []))]]


def written() -> Iterator[tuple[str, str]]:
    """File and action of each entry that the code writes."""
    everywhere: dict[str, list[str]] = {}
    trees = list(files())
    for _, tree in trees:
        for name, texts in constants(tree).items():
            if name.isupper():
                everywhere.setdefault(name, []).extend(texts)
    for name, tree in trees:
        known = everywhere | constants(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = PLACES.get(node.func.id)
            if place is None or len(node.args) <= place:
                continue
            action = node.args[place]
            if isinstance(action, ast.Name) and action.id == "action":
                continue  # of a function whose callers are looked at
            found = actions_of(action, known)
            assert found, f"{name} line {node.lineno}: which action is that?"
            yield from ((f"{name} line {node.lineno}", action) for action in found)


def test_every_action_has_a_sentence() -> None:
    told = list(written())
    assert len(told) > 30
    missing = [
        (place, action) for place, action in told if not any(re.fullmatch(action, name) for name in ACTIONS)
    ]
    assert missing == []


def test_actions_that_are_put_together_have_one_too() -> None:
    ended = (RequestState.REFUSED, RequestState.WITHDRAWN)
    made = {f"{kind} asked for" for kind in Kind} | {f"{kind} {state}" for kind in Kind for state in ended}
    assert made | set(OF_RECEIPTS.values()) <= set(ACTIONS)
