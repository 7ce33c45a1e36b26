"""Whether what the collector asks for stays within what was agreed for this laptop, and what becomes of it.

A laptop that knows a countersigner's key takes nothing that goes beyond the last agreement signed by it: the
old policy stays in force. One that knows none needs nobody's signature for the built-in agreement
of its own release; of a policy that goes beyond, it leaves that part out.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.agreed.agreement import BUILT_IN, Bounds, Excess, Unreadable, bounds_of, excess, meet, number_of
from agent.agreed.countersign import digest, signed_by, successor
from agent.agreed.narrowing import narrow_waiting
from agent.agreed.pause_rule import rule_of
from agent.agreed.policy import Policy, load_policy
from agent.language.words import said
from agent.store import pauses
from agent.store.local_store import get, get_number, put
from agent.version import VERSION

REFUSED = said("The collector asks for more than was agreed for this laptop. The old policy stays in force.")
LEFT_OUT = said(
    "The collector asks for more than this laptop may do unless somebody signs for it. That is left out."
)
NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentences`: what was refused or left out, the first one in general. `signed`: the agreement that
    holds from now on, if one was countersigned by the key that this laptop knows."""

    taken: bool
    sentences: tuple[str, ...] = ()
    signed: Mapping[str, Any] | None = None


def take(db: sqlite3.Connection, document: Mapping[str, Any], etag: str, pinned: str) -> str:
    """Put a policy in force as far as it is agreed. An empty text, or lines that say what was not taken.

    `pinned` is the fingerprint of the key this laptop knows, empty for none.
    """
    before = load_policy(db)
    verdict = judge(Policy(document), pinned, before.signed)
    put(db, "policy_etag", etag)
    put(db, "policy_judged", judged_under(pinned))
    put(db, "policy_refused", "\n".join(verdict.sentences))
    if verdict.taken:
        signed = verdict.signed if pinned else None
        put(db, "agreement_signed", json.dumps(signed) if signed else "")
        put(db, "policy", json.dumps(_without_excess(document)))
        after = load_policy(db)
        if after.bounds != before.bounds:
            narrow_waiting(db, after.bounds)
        _note_end(db, after.ended)
    return get(db, "policy_refused")


def keys_of(document: Mapping[str, Any], pinned: str) -> tuple[str, str]:
    """The key to judge this policy by, and the one to know from now on: a key may hand over to another."""
    agreement = Policy(document).agreement
    if not pinned:
        return "", ""
    try:
        following = successor(agreement, pinned)
        return (pinned if signed_by(agreement) == pinned else following), following
    except Unreadable:
        return pinned, pinned


def known_etag(db: sqlite3.Connection, pinned: str) -> str:
    """The etag to ask with; empty where the last answer was judged by other rules than now."""
    return get(db, "policy_etag") if get(db, "policy_judged") == judged_under(pinned) else ""


def judged_under(pinned: str) -> str:
    return f"{VERSION} {pinned}"


def judge(offered: Policy, pinned: str, signed: Mapping[str, Any] | None) -> Verdict:
    """What becomes of a policy; `signed` is the document that the pinned key signed last."""
    try:
        named = _read(offered)
        signer = signed_by(offered.agreement)
    except Unreadable as error:
        return Verdict(False, (said(f"The collector's policy is not taken. {error}"),))
    if pinned and signer == pinned:
        document = offered.agreement["document"]
        if signed is not None and number_of(document) < number_of(signed):
            return Verdict(False, (said("The collector shows an older agreement than the one in force."),))
        signed = document
    agreed = bounds_of(signed) if pinned and signed is not None else BUILT_IN
    named = replace(named, named=_known(named))
    beyond = excess(named, agreed)
    within = meet(named, agreed)
    if not within.nothing:
        beyond += excess(_asked(offered, within), within)
    if not beyond:
        return Verdict(True, (), signed)
    details = (*_whose(signer, pinned), *(sentence(each) for each in _each_once(beyond)))
    return Verdict(not pinned, (REFUSED if pinned else LEFT_OUT, *details), signed)


def sentence(beyond: Excess) -> str:
    """What goes beyond, for a person."""
    names = ", ".join(_plain(name) for name in beyond.names[:NAMES_SHOWN])
    if len(beyond.names) > NAMES_SHOWN:
        names += ", …"
    asked, agreed = f"{beyond.asked:g}", f"{beyond.agreed:g}"
    match beyond.about:
        case "applications":
            return said(f"Not agreed: naming the applications {names}.")
        case "services":
            return said(f"Not agreed: trying the services {names}.")
        case "servers":
            return said(f"Not agreed: sending to the collector at {names}.")
        case "summary" | "event":
            return said(f"Not agreed: sending {names} of a day or an event.")
        case "events":
            return said(f"Not agreed: reporting events {names}.")
        case "facts":
            return said(f"Not agreed: sending {names} of the laptop.")
        case "faults":
            return said(f"Not agreed: telling IT of the faults {names}.")
        case "references":
            return said(f"Not agreed: trying the network with {asked} computers. Agreed: {agreed}.")
        case "batches_days" | "rows_days":
            return said(f"Not agreed: keeping data for {asked} days. Agreed: {agreed}.")
        case "cpu_s_per_hour":
            return said(f"Not agreed: up to {asked} s of processor time per hour. Agreed: {agreed}.")
        case "rss_mib":
            return said(f"Not agreed: up to {asked} MiB of memory. Agreed: {agreed}.")
        case "pause_hours":
            return said(f"Not agreed: pauses of {asked} hours at most. Agreed: {agreed}.")
        case _:
            return said(f"Not agreed: contact every {asked} s. Agreed: every {agreed} s.")


def _read(offered: Policy) -> Bounds:
    """The bounds that the collector says are agreed. Raises Unreadable."""
    document = offered.agreement.get("document")
    if not isinstance(document, dict):
        raise Unreadable("It rests on no agreement.")
    if "format" in document and digest(document) != offered.agreement.get("hash"):
        raise Unreadable("Its agreement does not fit its hash.")
    return bounds_of(document)


def _known(offered: Bounds) -> frozenset[tuple[str, ...]]:
    """Without fields that this release does not know: a newer collector's, and they cannot leave anyway."""
    vocabulary = ("summary", "event", "events", "facts")
    return frozenset(p for p in offered.named if p[0] not in vocabulary or p in BUILT_IN.named)


def _asked(offered: Policy, within: Bounds) -> Bounds:
    """What the policy itself asks for, as bounds; what it does not mention is as agreed. Raises nothing:
    parts that cannot be read ask for nothing."""
    lists: set[tuple[str, ...]] = {("applications", name) for name in offered.texts("applications")}
    lists |= {("services", *service) for service in offered.service_addresses}
    if offered.asked_move[0]:
        lists.add(("servers", offered.asked_move[0]))
    most, least = dict(within.most), dict(within.least)
    most["references"] = len(offered.every_reference)
    most |= {bound: value for bound, value in offered.numbers("budget").items() if bound in most}
    most |= {f"{b}_days": v for b, v in offered.numbers("keep_days").items() if f"{b}_days" in most}
    least |= {bound: value for bound, value in offered.numbers("intervals").items() if bound in least}
    if "pause" in offered.document:
        least["pause_hours"] = rule_of(offered.document).most_hours
    return Bounds(frozenset(lists), most, least)


def _note_end(db: sqlite3.Connection, ended: bool) -> None:
    """What happened while nothing was agreed is not told afterwards, whenever a source comes up with it."""
    now, since = time.time() + get_number(db, "clock_offset"), get_number(db, "ended_at")
    if ended and not since:
        put(db, "ended_at", str(now))
    elif since and not ended:
        pauses.remember(db, since, now)
        put(db, "ended_at", "")


def _without_excess(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The budget as far as it is agreed; of all else `Policy` gives no more than that."""
    offered = Policy(document)
    most = offered.bounds.most
    budget = {name: min(value, most.get(name, value)) for name, value in offered.numbers("budget").items()}
    return {**document, "budget": budget} if "budget" in document else document


def _whose(signer: str, pinned: str) -> Iterable[str]:
    """Who signed the agreement, where it was not the key that this laptop knows."""
    if signer == pinned:
        return
    if signer and pinned:
        yield said(f"Its agreement was signed with another key than the one this laptop knows: {signer}.")
    elif signer:
        yield said(f"Its agreement was signed with a key that this laptop was not told to trust: {signer}.")


def _each_once(found: Iterable[Excess]) -> list[Excess]:
    """Of an application that neither agreement nor policy may name, one sentence."""
    merged: dict[str, Excess] = {}
    for each in found:
        known = merged.get(each.about, Excess(each.about, (), each.asked, each.agreed))
        merged[each.about] = replace(known, names=tuple(dict.fromkeys((*known.names, *each.names))))
    return list(merged.values())


def _plain(name: str) -> str:
    """A name that the collector gave, fit for a terminal."""
    return "".join(c if c.isprintable() else " " for c in name)[:80]
