"""Who looks at what, without keeping who: visitors are keyed digests, and counting one never holds up a page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from accounts.actors import Actor

ROBOTS = re.compile(r"bot\b|bot/|crawl|spider|slurp|facebookexternalhit|preview|lighthouse|headless", re.IGNORECASE)


def is_robot(agent: str) -> bool:
    return bool(ROBOTS.search(agent))


def visitor_of(actor: Actor, *, address: str, agent: str, purpose: str) -> str:
    """32 characters, the same for the same person, or for the same address and agent. Digests of two purposes cannot be
    brought together."""
    return _digest(f"user {actor.pk}" if actor.pk is not None else f"{address} {agent}", purpose)


def visitor_of_account(user_id: int, *, purpose: str) -> str:
    """What `visitor_of` gives for somebody who is signed in."""
    return _digest(f"user {user_id}", purpose)


def _digest(who: str, purpose: str) -> str:
    return salted_hmac(purpose, who, algorithm="sha256").hexdigest()[:32]


@contextmanager
def without_waiting() -> Iterator[None]:
    """A transaction that gives up (OperationalError) rather than wait for what somebody else is changing just now."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
        yield
