"""A narrower agreement holds for what waits already, too."""

import sqlite3
from dataclasses import replace

from agent.agreed.agreement import Bounds
from agent.store import spool
from agent.store.bodies import packed, unpacked


def narrow_waiting(db: sqlite3.Connection, bounds: Bounds) -> None:
    """What waits from before may hold more than is agreed now; that is taken out."""
    for batch in spool.waiting(db):
        content = unpacked(batch.body)
        kept = content | {
            "summary": bounds.of_summary(content.get("summary", {})),
            "events": [e for event in content.get("events", []) if (e := bounds.of_event(event))],
            "facts": bounds.of_facts(content.get("facts", {})),
        }
        kept = {
            name: part for name, part in kept.items() if part or name not in ("summary", "events", "facts")
        }
        if kept == content:
            continue
        spool.remove(db, batch.batch_id)
        if "revision" not in kept.get("summary", {}):
            kept.pop("summary", None)
        events, facts = len(kept.get("events", ())), int("facts" in kept)
        revision = batch.revision if "summary" in kept else 0
        if events or revision or facts:
            spool.add(db, replace(batch, events=events, revision=revision, facts=facts, body=packed(kept)))
