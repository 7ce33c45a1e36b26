"""The job that sends what waits in the outbox: each message once, twice only if a worker died in between."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.config import Settings
from server.db import Store
from server.outbox import notices
from server.outbox.mail import Letter, MailDoor, mail_door
from server.outbox.models import MAIL, WEBHOOK
from server.outbox.store import Claimed, claim, give_up_old, mark_not_sent, mark_sent
from server.outbox.trouble import NotSent, Trouble
from server.outbox.webhook import Call, WebhookDoor, networks
from server.people.models import Organisation
from server.people.organisations import for_each_organisation

log = structlog.get_logger()

RUN_SECONDS = 60.0
"""After so long a run begins no further message: other jobs wait for it."""

Send = Callable[[Store, Claimed, datetime], None]
"""Sends one message. Raises NotSent."""


@dataclass
class _Count:
    sent: int = 0
    failed: int = 0


def delivery(settings: Settings) -> Callable[[Store, datetime], str]:
    """The job, for an installation with these settings. UsageError for settings that cannot be."""
    with _doors(settings):
        pass  # opens no connection yet

    def run(store: Store, now: datetime) -> str:
        with _doors(settings) as doors:
            return deliver(store, doors, now)

    return run


def deliver(store: Store, doors: Mapping[str, Send], now: datetime) -> str:
    """Send what is due by these ways, one for each kind; what has none waits.

    Organisations come in a new order each time: receivers of one that are slow for a whole run must not keep
    the same others waiting in every run.
    """
    count, open_doors = _Count(), dict(doors)
    began = time.monotonic()

    def send(organisation: Organisation) -> None:
        with store.transaction() as session:
            give_up_old(session, organisation.org_id, now)
        while open_doors and time.monotonic() - began < RUN_SECONDS:
            if not _deliver_one(store, organisation.org_id, open_doors, now, count):
                break

    for_each_organisation(store, send, shuffled=True)
    return f"{count.sent} messages sent, {count.failed} not"


def _deliver_one(store: Store, org_id: UUID, doors: dict[str, Send], now: datetime, count: _Count) -> bool:
    """Whether there was one."""
    with store.transaction() as session:
        message = claim(session, org_id, doors, now)
    if message is None:
        return False
    trouble = _try(doors[message.kind], store, message, now)
    with store.transaction() as session:
        if trouble is None:
            count.sent += 1
            mark_sent(session, message, now)
        else:
            count.failed += 1
            mark_not_sent(session, message, trouble, now)
    if trouble is not None and trouble.door_shut:
        del doors[message.kind]
    return True


def _try(send: Send, store: Store, message: Claimed, now: datetime) -> NotSent | None:
    """What came in between, if anything did."""
    try:
        send(store, message, now)
    except NotSent as trouble:
        return trouble
    except SQLAlchemyError:
        raise  # the store's trouble, not the message's
    except Exception as error:  # one broken message must not keep the others waiting; its words may quote it
        log.error("message could not be made", kind=message.kind, error=type(error).__name__)
        return NotSent(Trouble.FAULT)
    return None


@contextmanager
def _doors(settings: Settings) -> Iterator[dict[str, Send]]:
    """The ways that these settings open, closed at the end."""
    with ExitStack() as stack:
        hooks = stack.enter_context(closing(WebhookDoor(networks(settings.webhook_networks))))
        doors: dict[str, Send] = {WEBHOOK: _calls(hooks, settings.public_url)}
        if settings.smtp_url:
            mail = stack.enter_context(closing(mail_door(settings.smtp_url, settings.mail_from)))
            doors[MAIL] = _letters(mail, settings.public_url)
        yield doors


def _letters(door: MailDoor, public_url: str) -> Send:
    def send(_store: Store, message: Claimed, now: datetime) -> None:
        said = message.content
        text = f"{said['text']}\n\n{public_url}{said['path']}\n"
        door.send(Letter(message.message_id, message.recipient, said["subject"], text), now)

    return send


def _calls(door: WebhookDoor, public_url: str) -> Send:
    def send(store: Store, message: Claimed, now: datetime) -> None:
        with store.reading() as session:
            secret = notices.secret_of(session, message.org_id, message.recipient)
        if secret is None:
            raise NotSent(Trouble.NOT_ALLOWED, final=True)
        said = message.content
        body = {"type": said["type"], "data": {**said["data"], "link": public_url + said["path"]}}
        door.send(Call(message.message_id, message.recipient, body, secret), now)

    return send
