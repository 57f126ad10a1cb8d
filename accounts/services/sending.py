"""Bringing deliveries to people: one claim, one try, one outcome at a time.

A delivery is claimed for CLAIM_SECONDS, sent outside of any transaction, and marked sent if the claim still holds. A
worker that dies in between leaves a claim that runs out, and the sweep takes the delivery up again: the socket message
or e-mail is then the same one (same id, same Message-ID).
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any
from uuid import uuid4

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import BadHeaderError, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.choices import DeliveryChannel, DeliveryState
from accounts.models import Delivery
from accounts.selectors.notifications import unread_count
from accounts.services.emails import email_compose
from accounts.services.notifications import socket_message
from config.core.errors import Missing
from config.core.metrics import delivery_counted

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 60
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 3600))
GIVE_UP_AFTER = timedelta(days=2)
OUTCOMES = {DeliveryState.SENT: "sent", DeliveryState.WAITING: "failed", DeliveryState.GIVEN_UP: "given_up"}
# A recipient refused this often is not there. Servers also refuse for a passing reason, so once is not enough.
MOST_REFUSALS = 3
# Less than the pause between two sweeps, so that a slow mail server does not occupy every worker with sweeping.
SWEEP_SECONDS = 8


def delivery_send(delivery_id: int) -> None:
    """Send one delivery, unless it is sent already or another worker is at it."""
    delivery = _claim(Delivery.objects.filter(pk=delivery_id))
    if delivery is not None:
        with _mail_connection() as connection:
            _try(delivery, connection)


def deliveries_send(delivery_ids: Iterable[int]) -> bool:
    """Send these one after the other. False when one failed for a reason that may strike the others as well: they are
    left to the sweep."""
    with _mail_connection() as connection:
        for delivery_id in delivery_ids:
            delivery = _claim(Delivery.objects.filter(pk=delivery_id))
            if delivery is not None and not _try(delivery, connection):
                return False
    return True


def deliveries_sweep() -> None:
    """Send what is due: what could not be queued, failed before, or was left behind by a worker that died."""
    deadline = time.monotonic() + SWEEP_SECONDS
    with _mail_connection() as connection:
        for channel in (DeliveryChannel.SOCKET, DeliveryChannel.EMAIL):
            due = Delivery.objects.filter(channel=channel, next_try_at__lte=timezone.now())
            while time.monotonic() < deadline and (delivery := _claim(due)) is not None:
                if not _try(delivery, connection):
                    break  # what stands behind the channel may be down: the others keep their turn


def emails_hold_back() -> int:
    """Give up what waits, because it has been sent: the database is an earlier one. How many there were."""
    waiting = Delivery.objects.filter(channel=DeliveryChannel.EMAIL)
    waiting = waiting.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING])
    return waiting.update(state=DeliveryState.GIVEN_UP, error="restored from a backup")


def deliveries_forget() -> int:
    """Remove what was delivered, or given up, long ago: the notifications themselves stay."""
    ended = Delivery.objects.filter(state__in=[DeliveryState.SENT, DeliveryState.GIVEN_UP])
    return ended.filter(created_at__lt=timezone.now() - settings.KEEP["deliveries"]).delete()[0]


def _claim(rows: QuerySet[Delivery]) -> Delivery | None:
    """The first open delivery of `rows` that no other worker holds, now held by us."""
    now = timezone.now()
    free = Q(state=DeliveryState.WAITING) | Q(state=DeliveryState.SENDING, claimed_until__lte=now)
    with transaction.atomic():
        delivery = (
            rows.filter(free)
            .select_related("user", "notification")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("next_try_at", "pk")
            .first()
        )
        if delivery is None:
            return None
        delivery.state = DeliveryState.SENDING
        delivery.claim = uuid4()
        delivery.claimed_until = now + timedelta(seconds=CLAIM_SECONDS)
        delivery.attempts += 1
        delivery.save(update_fields=["state", "claim", "claimed_until", "attempts"])
    return delivery


def _try(delivery: Delivery, connection: BaseEmailBackend) -> bool:
    """One try and its outcome. False when it failed for a reason that may strike the next delivery as well."""
    if delivery.channel == DeliveryChannel.EMAIL and not _has_mailbox(delivery):
        _settle(delivery, {"state": DeliveryState.GIVEN_UP, "error": "no mailbox"})
        return True
    try:
        if delivery.channel == DeliveryChannel.EMAIL:
            connection.open()
            connection.send_messages([email_compose(delivery)])
        else:
            assert delivery.notification is not None  # noqa: S101 (socket_queue always sets it)
            message = socket_message(delivery.notification, unread_count(actor=delivery.user))
            import_string(settings.SOCKET_PUSH)(delivery.user_id, message)
    except Missing:
        _settle(delivery, {"state": DeliveryState.GIVEN_UP, "error": "no longer wanted"})
        return True
    except Exception as error:  # whatever went wrong with this one is kept with it and tried again later
        refused = _is_refusal(error)
        _settle(delivery, _failure(delivery, error, refused=refused))
        return refused
    _settle(delivery, {"state": DeliveryState.SENT, "sent_at": timezone.now(), "error": ""})
    return True


def _has_mailbox(delivery: Delivery) -> bool:
    """Not so the house account, whose address lies in the domain that is reserved for addresses without one. Who has
    such an address may have named another one, which is asked whether it is theirs."""
    address = delivery.address or delivery.user.email
    return bool(address) and not address.lower().endswith(".invalid")


def _failure(delivery: Delivery, error: Exception, *, refused: bool) -> dict[str, Any]:
    # The error's own words are not kept: those of mail servers repeat the address.
    words = " ".join(filter(None, [type(error).__name__, str(getattr(error, "smtp_code", ""))]))
    now = timezone.now()
    if (refused and delivery.attempts >= MOST_REFUSALS) or now - delivery.created_at > GIVE_UP_AFTER:
        logger.error("delivery %s given up after %s tries: %s", delivery.pk, delivery.attempts, words)
        return {"state": DeliveryState.GIVEN_UP, "error": words}
    pause = PAUSES[min(delivery.attempts, len(PAUSES)) - 1]
    logger.warning("delivery %s failed, next try in %s: %s", delivery.pk, pause, words)
    return {"state": DeliveryState.WAITING, "next_try_at": now + pause, "error": words}


def _settle(delivery: Delivery, outcome: dict[str, Any]) -> None:
    """Write the outcome, unless our claim ran out and another worker has the delivery now."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING, claim=delivery.claim)
    delivery_counted(channel=delivery.channel, outcome=OUTCOMES[outcome["state"]])
    if not mine.update(claim=None, claimed_until=None, **outcome):
        logger.warning("delivery %s took longer than its claim", delivery.pk)


def _is_refusal(error: Exception) -> bool:
    """The mail server will not have this message, whenever it is asked; others it may."""
    match error:
        case SMTPRecipientsRefused():
            return all(code >= 500 for code, _words in error.recipients.values())
        case SMTPDataError():
            return error.smtp_code >= 500
        case AnymailRecipientsRefused() | BadHeaderError():
            return True
    return False


@contextmanager
def _mail_connection() -> Iterator[BaseEmailBackend]:
    """Opened by the first e-mail and used for all of them."""
    connection = get_connection()
    try:
        yield connection
    finally:
        try:
            connection.close()
        except OSError as error:
            logger.warning("the mail server did not say goodbye: %s", type(error).__name__)
