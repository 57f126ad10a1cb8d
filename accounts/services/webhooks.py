"""Messages to other programs: they leave after the commit, signed by the rules of Standard Webhooks.

Whoever has something to tell makes a target of the address that a person gave, and queues messages to it in the
transaction of what they tell. `webhook_sending` brings them.
"""

import base64
import secrets
from typing import Any, Final

import orjson
from django.db import transaction
from django.utils import timezone

from accounts.choices import DeliveryState
from accounts.gateways.webhook_addresses import address_check
from accounts.models import User, WebhookMessage, WebhookTarget
from config.core.announce import enqueue_after_commit

SECRET_BYTES: Final = 32
OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
NO_LONGER_WANTED: Final = "no longer wanted"


def webhook_target_create(*, owner: User, name: str, url: str, field: str = "url") -> WebhookTarget:
    """A target with a secret of its own, which its owner is shown now and never again. `name` says in messages to its
    owner what it is for.

    Raises Invalid, naming `field`, for an address that nothing is sent to (`address_check`).
    """
    address_check(url, field=field)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return WebhookTarget.objects.create(owner=owner, name=name[:150], url=url, secret=secret)


def webhook_target_end(*, target_id: int) -> None:
    """Nothing more is sent to it, also not what waits."""
    with transaction.atomic():
        WebhookTarget.objects.filter(pk=target_id, ended_at=None).update(ended_at=timezone.now())
        WebhookMessage.objects.filter(target_id=target_id, state=DeliveryState.WAITING).update(
            state=DeliveryState.GIVEN_UP, error=NO_LONGER_WANTED
        )


def webhook_queue(*, target_id: int, event_type: str, data: dict[str, Any], about: str = "") -> WebhookMessage:
    """A message `{"type", "timestamp", "data"}`, in the transaction of the caller. `data` is JSON without secrets.

    Messages with the same `about` arrive in the order in which they were queued: a later one waits until the earlier
    ones have arrived, were given up, or were refused twice.
    """
    body = {"type": event_type, "timestamp": timezone.now(), "data": data}
    message = WebhookMessage.objects.create(
        target_id=target_id, event_type=event_type, about=about, body=orjson.dumps(body, option=OPTIONS).decode()
    )
    enqueue_after_commit("accounts.tasks.webhooks_send", target_id)
    return message
