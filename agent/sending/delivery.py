"""One round of delivery: make batches of what is due, send what waits, note how each ended.

Runs in a short-lived process alone (see `agent.sending.sender`), one at a time.
"""

import os
import sqlite3
import time
from dataclasses import dataclass, replace

from agent.agreed import policy
from agent.agreed.pinned_key import pinned_key
from agent.agreed.policy_offer import keys_of, known_etag, take
from agent.config import Config, enrol_command
from agent.errors import AgentError, UsageError
from agent.language.words import said
from agent.local_time import MINUTE, day_of
from agent.notices import notice
from agent.pulse.errand import run_errand
from agent.sending import backlog, batches, signed_in
from agent.sending.answers import Answer, Outcome, outcome
from agent.sending.enrol import enrol_copy
from agent.sending.moving import arrive, follow, stay
from agent.sending.new_owner import begin_empty_if_new
from agent.sending.retry import note_failure, wait_after
from agent.sending.transport import Transport
from agent.store import spool
from agent.store.identity import Identity, load_identity, located
from agent.store.local_store import LocalStore, get, get_number, put
from agent.system.clock import significant
from agent.system.facts import device_facts
from agent.system.only_one import Held, hold

UNKNOWN_WAIT = 4 * 3600.0
"""Seconds until a collector that does not know this laptop any more is asked again."""
FACTS_EVERY = 24 * 3600.0
STUMBLES = 3
"""So many batches that the collector stumbles over end a round: then it is the collector's fault."""
ROUND_SECONDS = 240.0
"""A round stops here; what is left goes with the next one."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a round went. `trouble` is a sentence, empty where everything that waited was answered."""

    sent: int
    trouble: str = ""


def deliver(config: Config) -> Delivered:
    """Open the store, hold the sender's place, do one round."""
    identity = load_identity(config.identity_path)
    if identity is None:
        command = enrol_command(config.path)
        raise UsageError(f"This laptop is not enrolled: {command}")
    place = hold(config.state / "send.lock")
    if isinstance(place, Held):
        return Delivered(0, said(f"Another sender is at work (process {place.holder})."))
    store = LocalStore(config.store_path)
    try:
        here = located(config, identity)
        put(store.db, "server", here.server)
        delivered = _round(here, store, identity, config.server)
        if delivered.trouble and identity.before:
            delivered = _round(replace(config, server=identity.before), store, identity, config.server)
        return delivered
    finally:
        store.close()
        os.close(place)


def _round(config: Config, store: LocalStore, identity: Identity, configured: str) -> Delivered:
    return Round(config, store, identity, Transport(config), configured).run()


def run_pulse(config: Config) -> Delivered:
    """What is due for the pulse. Apart from batches in time, so that no answer leaves beside one."""
    identity = load_identity(config.identity_path)
    if identity is None:
        return Delivered(0)
    store = LocalStore(config.store_path)
    try:
        document = policy.load_policy(store.db).document
        now = time.time() + get_number(store.db, "clock_offset")
    finally:
        store.close()
    run_errand(located(config, identity), identity.token, document, now)
    return Delivered(0)


class Kept(AgentError):
    """The collector's answer ends no batch: everything is kept for later."""

    def __init__(self, answer: Answer, server: str) -> None:
        if answer.status in (401, 403) and answer.slug:
            sentence = said(
                f"The collector does not know this laptop any more ({answer.sentence}); enrol it again."
            )
        elif answer.slug:
            sentence = said(f"The collector at {server} cannot take anything now: {answer.sentence}")
        else:
            sentence = said(f"There is no DEX collector at {server}: {answer.sentence}; everything is kept.")
        super().__init__(sentence)
        self.retry_after = answer.retry_after
        if answer.status in (401, 403) and self.retry_after is None:
            self.retry_after = UNKNOWN_WAIT
        self.of_this_batch = answer.status == 500 and bool(answer.slug)
        self.no_room = answer.status == 503 and answer.slug == "busy"


class Round:
    """One conversation with the collector. `configured` is the address that the configuration names."""

    def __init__(
        self,
        config: Config,
        store: LocalStore,
        identity: Identity,
        transport: Transport,
        configured: str = "",
    ) -> None:
        self.config, self.store, self.identity, self.transport = config, store, identity, transport
        self.configured = configured
        self.offset = get_number(store.db, "clock_offset")

    def run(self) -> Delivered:
        """Batches are made even where the collector is away: the day's minutes do not stay for ever."""
        sent = 0
        trouble: AgentError | None = None
        try:
            self._look_at_policy()
        except AgentError as error:
            trouble = error
        self._compose()
        if trouble is None:
            sent, trouble = self._send_all()
        if trouble is not None:
            self._note_trouble(trouble)
            return Delivered(sent, str(trouble))
        with self.store.transaction() as db:
            for key in ("send_failures", "send_not_before", "send_trouble"):
                put(db, key, "")
        return Delivered(sent)

    def _send_all(self) -> tuple[int, AgentError | None]:
        """Send what is new, then earlier days as many as may leave in a minute. One batch that the collector
        stumbles over blocks no other."""
        ends = time.monotonic() + ROUND_SECONDS
        sent, trouble, stumbles = 0, None, 0
        now = self._now()
        waits = backlog.has_to_wait(self.store.db, now)
        room = 0 if waits else policy.load_policy(self.store.db).backlog_pace
        for batch in spool.to_send(self.store.db, backlog.yesterday(now)):
            earlier = batch.day < backlog.yesterday(now)
            if earlier and room == 0:
                if not waits:
                    self._put_off_earlier_days()
                break
            try:
                self._send(batch.batch_id)
                sent += 1
                room -= earlier
            except AgentError as error:
                if earlier and isinstance(error, Kept) and error.no_room:
                    self._put_off_earlier_days(wait_after(1, error.retry_after))
                    break
                trouble = error
                stumbles += 1
                if stumbles == STUMBLES or not (isinstance(error, Kept) and error.of_this_batch):
                    break
            if time.monotonic() > ends:
                break
        return sent, trouble

    def _put_off_earlier_days(self, seconds: float = MINUTE) -> None:
        with self.store.transaction() as db:
            backlog.put_off(db, self._now(), seconds)

    def _now(self) -> float:
        return time.time() + self.offset

    def _compose(self) -> None:
        now = self._now()
        facts = None
        in_force = policy.load_policy(self.store.db)
        signed = signed_in.state(self.store.db, in_force, now)
        due = abs(now - get_number(self.store.db, "facts_checked_at")) >= FACTS_EVERY
        if due or signed != get(self.store.db, "signed_in"):
            facts = device_facts() | signed_in.fact(self.store.db, in_force, now)
        with self.store.transaction() as db:
            if facts is not None:
                put(db, "facts_checked_at", str(now))
                put(db, "signed_in", signed)
                batches.note_facts(db, facts)
            spool.drop_too_old(db, now)
            self._make_batches(db, now)

    def _make_batches(self, db: sqlite3.Connection, now: float) -> None:
        """Nothing leaves before the first policy of a laptop whose agreement is signed: it may allow less
        than the built-in one."""
        in_force = policy.load_policy(db)
        if in_force.document or not pinned_key(self.config, self.identity):
            batches.compose(db, now, in_force, get_number(db, "rss_peak_mib"))

    def _send(self, batch_id: str) -> None:
        """Send one batch until the collector has said what becomes of it; raises where it did not."""
        for _ in range(2):
            batch = spool.find(self.store.db, batch_id)
            answer = self.transport.post_batch(self.identity.token, batch.body)
            self._learn_time(answer)
            ends = outcome(answer, batch.batch_id)
            if ends is not Outcome.CLONED:
                break
            self.identity = enrol_copy(self.config, self.store, self.transport, self.identity)
            notice("This laptop's disk was copied from another; it has enrolled as a laptop of its own.")
        if ends in (Outcome.KEEP, Outcome.CLONED):
            raise Kept(answer, self.config.server)
        state = spool.ACCEPTED if ends is Outcome.ACCEPT else spool.REJECTED
        said = _dropped(answer) if ends is Outcome.ACCEPT else answer.sentence
        with self.store.transaction() as db:
            spool.settle(db, batch.batch_id, state, said, self._now())
            put(db, "last_sent_at", str(self._now()))
        if ends is Outcome.ACCEPT and self.identity.before and self.config.server == self.identity.server:
            arrive(self.config)
            self._note_move("")
        if ends is Outcome.REJECT:
            notice(f"The collector rejected batch {batch.batch_id} of {batch.day}: {said}")

    def _look_at_policy(self) -> None:
        age = abs(self._now() - get_number(self.store.db, "policy_checked_at"))
        if age < policy.load_policy(self.store.db).check_every:
            return
        pinned = pinned_key(self.config, self.identity)
        etag = known_etag(self.store.db, pinned)
        answer = self.transport.get_policy(self.identity.token, etag)
        self._learn_time(answer)
        if answer.status == 200 and "agreement" in answer.document:
            begin_empty_if_new(self.config, self.store, answer.document)
            signer, following = keys_of(answer.document, pinned)
            with self.store.transaction() as db:
                refusal = take(db, answer.document, answer.etag, signer)
            if following != pinned:
                self._believe(following)
            if refusal:
                notice(refusal.replace("\n", " "))
        elif answer.slug == "try-later" and policy.load_policy(self.store.db).document:
            self._look_later(wait_after(1, answer.retry_after))
            return  # what waits can leave under the policy in force
        elif answer.status != 304:
            raise Kept(answer, self.config.server)
        with self.store.transaction() as db:
            put(db, "policy_checked_at", str(self._now()))
        self._move()

    def _look_later(self, seconds: float) -> None:
        """A whole fleet asks the collector at once: the policy is looked at after so long."""
        every = policy.load_policy(self.store.db).check_every
        with self.store.transaction() as db:
            put(db, "policy_checked_at", str(self._now() - max(0.0, every - seconds)))

    def _believe(self, key: str) -> None:
        """The key that this laptop knew has handed over. One in the configuration stays there."""
        if self.config.agreement_key:
            return
        self.identity = replace(self.identity, agreement_key=key)
        self.identity.save(self.config.identity_path)
        notice(f"Agreements are signed with another key from now on, as the one before has signed: {key}.")

    def _move(self) -> None:
        """Go where the collector says it is from today on; what waits is sent there by the next round."""
        address, day = policy.load_policy(self.store.db).moves_to
        trouble = ""
        if address not in ("", self.config.server, self.identity.server) and day <= day_of(self._now()):
            trouble = follow(self.config, self.configured, self.identity, address)
            if not trouble:
                self._note_move(self.config.server)
                notice(f"The collector has moved from {self.config.server} to {address}.")
        elif not address and self.config.server == self.identity.before:
            stay(self.config, self.identity)
            self._note_move("")
        with self.store.transaction() as db:
            put(db, "move_trouble", trouble)

    def _note_move(self, before: str) -> None:
        """For whoever looks at the laptop, until the new address has taken a batch."""
        with self.store.transaction() as db:
            put(db, "moved_from", before)

    def _learn_time(self, answer: Answer) -> None:
        """Correct the agent's time by the Date of an answer that is surely the collector's."""
        if answer.clock_offset is None or not answer.is_ours:
            return
        offset = significant(answer.clock_offset)
        with self.store.transaction() as db:
            put(db, "clock_measured", "yes")
        if abs(offset - self.offset) >= 1.0:
            self.offset = offset
            with self.store.transaction() as db:
                put(db, "clock_offset", str(offset))
            if offset:
                notice(f"The laptop's clock is {-offset:+.0f} s off the collector's; times are corrected.")

    def _note_trouble(self, error: AgentError) -> None:
        wanted = error.retry_after if isinstance(error, Kept) else None
        with self.store.transaction() as db:
            note_failure(db, self._now(), str(error), wanted)


def _dropped(answer: Answer) -> str:
    """What the collector left out of an accepted batch, in words."""
    rows = answer.document.get("dropped")
    if not isinstance(rows, list):
        return ""
    return "; ".join(str(row.get("detail", "")) for row in rows if isinstance(row, dict))
