"""Messages to other programs: they leave after the commit, signed by the rules of Standard Webhooks.

Whoever has something to tell queues messages in the transaction of what they tell: to the endpoints that people and the
platform have for it (`webhook_event`), or to a target that they made of an address that a person gave
(`webhook_queue`). `webhook_sending` brings them.
"""

import base64
import secrets
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.choices import EVERY_EVENT, DeliveryState, WebhookEvent, WebhookState
from accounts.gateways.webhook_addresses import address_check
from accounts.models import User, WebhookEndpoint, WebhookMessage, WebhookTarget
from config.core.announce import enqueue_after_commit

SECRET_BYTES: Final = 32
SLOW_FOR: Final = timedelta(hours=1)
"""So long after it took its time a target counts as slow, and so long after it was made: nothing is known of it yet."""
OLD_SECRETS_SIGN_FOR: Final = timedelta(hours=24)
MOST_OLD_SECRETS: Final = 3
"""So that a button pressed twice ends no secret at once that a program still checks by."""
OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
NO_LONGER_WANTED: Final = "no longer wanted"

Told = dict[str, Any] | Callable[[int | None], dict[str, Any]]


# ---------------------------------------------------------------- targets
def webhook_target_create(*, owner: User | None, name: str, url: str, field: str = "url") -> WebhookTarget:
    """A target with a secret of its own, which its owner is shown now and never again; without an owner it is the
    platform's. `name` says in messages to its owner what it is for.

    Raises Invalid, naming `field`, for an address that nothing is sent to (`address_check`).
    """
    address_check(url, field=field)
    return WebhookTarget.objects.create(
        owner=owner, name=name[:150], url=url, secret=_new_secret(), slow_until=timezone.now() + SLOW_FOR
    )


def webhook_target_end(*, target_id: int) -> None:
    """Nothing more is sent to it, also not what waits."""
    with transaction.atomic():
        WebhookTarget.objects.filter(pk=target_id, ended_at=None).update(ended_at=timezone.now())
        WebhookMessage.objects.filter(target_id=target_id, state=DeliveryState.WAITING).update(
            state=DeliveryState.GIVEN_UP, error=NO_LONGER_WANTED
        )


def webhook_secret_replace(*, target_id: int) -> WebhookTarget:
    """The target with a new secret, to be shown now and never again. For OLD_SECRETS_SIGN_FOR the one before signs
    beside it."""
    with transaction.atomic():
        target = WebhookTarget.objects.select_for_update(no_key=True).get(pk=target_id)
        now = timezone.now()
        replaced = [*target.replaced_secrets(now), (target.secret, now + OLD_SECRETS_SIGN_FOR)]
        target.old_secrets = [[secret, until.isoformat()] for secret, until in replaced[-MOST_OLD_SECRETS:]]
        target.secret = _new_secret()
        target.save(update_fields=["secret", "old_secrets"])
    return target


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


# ---------------------------------------------------------------- messages
def webhook_queue(*, target_id: int, event_type: str, data: dict[str, Any], about: str = "") -> WebhookMessage:
    """A message `{"type", "timestamp", "data"}`, in the transaction of the caller. `data` is JSON without secrets.

    Messages with the same `about` arrive in the order in which they were queued: a later one waits until the earlier
    ones have arrived, were given up, or were refused twice.
    """
    message = _message(target_id, event_type, about, data)
    message.save()
    enqueue_after_commit("accounts.tasks.webhooks_send", target_id)
    return message


def webhook_event(
    event_type: WebhookEvent,
    *,
    about: str,
    people: Collection[int],
    data: Told,
    others: QuerySet[Any] | None = None,
) -> None:
    """Queue what happened, in the transaction of the caller, to the endpoints that want it: of the people with these
    ids, of those whose ids `others` selects, and the platform's. One query finds out that there is none.

    `about` is the thing, whose messages keep their order, such as order-17; hold its lock. `data` is JSON: ids, states,
    amounts as text beside their currency, nothing private of others. As a function it gives what the person with this
    id may know, and for None all, which the platform's endpoints are told; it is called where somebody hears.
    """
    shown: dict[int | None, dict[str, Any]] = {}
    messages = []
    for target_id, (owner_id, wanted) in sorted(_hearing(people, others).items()):
        if event_type.value not in wanted and EVERY_EVENT not in wanted:
            continue
        if owner_id not in shown:
            shown[owner_id] = data(owner_id) if callable(data) else data
        messages.append(_message(target_id, event_type.value, about, shown[owner_id]))
    if messages:
        WebhookMessage.objects.bulk_create(messages)
    for message in messages:
        enqueue_after_commit("accounts.tasks.webhooks_send", message.target_id)


def _hearing(people: Collection[int], others: QuerySet[Any] | None) -> dict[int, tuple[int | None, list[str]]]:
    """By target its owner and the events that are wanted. Two searches by the owner's index, in one query."""
    columns = ("target_id", "target__owner_id", "events")
    active = WebhookEndpoint.objects.filter(
        Q(target__owner=None) | Q(target__owner__is_active=True),
        target__state=WebhookState.ACTIVE,
        target__ended_at=None,
    )
    found = active.filter(Q(target__owner=None) | Q(target__owner__in=people)).values_list(*columns)
    if others is not None:
        found = found.union(active.filter(target__owner__in=others).values_list(*columns), all=True)
    return {target_id: (owner_id, events) for target_id, owner_id, events in found}


def _message(target_id: int, event_type: str, about: str, data: dict[str, Any]) -> WebhookMessage:
    body = {"type": event_type, "timestamp": timezone.now(), "data": data}
    return WebhookMessage(
        target_id=target_id, event_type=event_type, about=about, body=orjson.dumps(body, option=OPTIONS).decode()
    )
