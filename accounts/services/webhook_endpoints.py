"""Endpoints that people have for the events of `WebhookEvent`: made, changed, tried and looked after by themselves.

A secret is the answer to the call that made it, as `endpoint.target.secret`, and is shown by no other.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.choices import EVERY_EVENT, DeliveryState, NotificationType, WebhookEvent, WebhookState
from accounts.errors import TooManyWebhooks, WebhookNotActive
from accounts.gateways.webhook_addresses import address_check
from accounts.models import User, WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.services.limits import Attempt, attempt_count
from accounts.services.notifications import notification_send
from accounts.services.webhooks import (
    webhook_queue,
    webhook_secret_replace,
    webhook_target_create,
    webhook_target_end,
)
from config.core.announce import enqueue_after_commit
from config.core.errors import Invalid, Missing


def endpoint_create(*, actor: User, url: str, events: Collection[str], description: str = "") -> WebhookEndpoint:
    """Their owner is told, also by e-mail: it may have been somebody else.

    Raises Invalid (`url`, `events`), TooManyWebhooks and Limited.
    """
    attempt_count(Attempt.WEBHOOK, account=actor.pk)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two at once are counted one after the other
        most = settings.WEBHOOK_ENDPOINTS_PER_PERSON
        if WebhookEndpoint.objects.filter(target__owner=actor, target__ended_at=None).count() >= most:
            raise TooManyWebhooks(f"You have {most} webhooks. Delete one first.")
        endpoint = endpoint_make(owner=actor, url=url, events=events, description=description)
        _tell_owner(endpoint, "A webhook was added to your account")
    return endpoint


def endpoint_change(
    *,
    actor: User,
    endpoint_id: int,
    url: str | None = None,
    events: Collection[str] | None = None,
    description: str | None = None,
    state: str | None = None,
) -> WebhookEndpoint:
    """What is None stays; the secret stays with another address too, of which its owner is told as of a new webhook.
    `state` is active or paused. A paused one is not told of what happens meanwhile. Raises Missing, Invalid (`url`,
    `events`, `state`) and Limited (another address)."""
    if url is not None:
        attempt_count(Attempt.WEBHOOK, account=actor.pk)
    with transaction.atomic():
        endpoint = _own(actor, endpoint_id)
        target = endpoint.target
        is_moved = url is not None and url != target.url
        if url is not None and is_moved:
            address_check(url, field="url")
            target.url = url
        if events is not None:
            endpoint.events = _chosen(events)
        if description is not None:
            endpoint.description = description
        if state is not None:
            endpoint_state_set(endpoint, state)
        target.name = _name(target.url, endpoint.description)
        target.save(update_fields=["url", "name"])
        endpoint.save(update_fields=["events", "description"])
        if is_moved:
            _tell_owner(endpoint, "A webhook of your account has another address")
    return endpoint


def endpoint_delete(*, actor: User, endpoint_id: int) -> None:
    """Nothing more is sent, also not what waits. Raises Missing."""
    with transaction.atomic():
        endpoint_remove(_own(actor, endpoint_id))


def endpoint_secret_replace(*, actor: User, endpoint_id: int) -> WebhookEndpoint:
    """With a new secret; the one before signs beside it for a day. Raises Missing."""
    with transaction.atomic():
        endpoint = _own(actor, endpoint_id)
        endpoint.target = webhook_secret_replace(target_id=endpoint.target_id)
    return endpoint


def endpoint_test(*, actor: User, endpoint_id: int) -> WebhookMessage:
    """A message that says nothing, whatever events are wanted. Raises Missing, WebhookNotActive and Limited."""
    attempt_count(Attempt.WEBHOOK, account=actor.pk)
    with transaction.atomic():
        return endpoint_try(_own(actor, endpoint_id))


def message_replay(*, actor: User, endpoint_id: int, message_id: int) -> WebhookMessage:
    """Send it once more, with the same id and body; what waits is tried now. Raises Missing, WebhookNotActive and
    Limited."""
    attempt_count(Attempt.WEBHOOK, account=actor.pk)
    with transaction.atomic():
        return message_again(_own(actor, endpoint_id).target, message_id)


# ---------------------------------------------------------------- what people and staff do alike, under the lock
def endpoint_make(*, owner: User | None, url: str, events: Collection[str], description: str) -> WebhookEndpoint:
    chosen = _chosen(events)
    target = webhook_target_create(owner=owner, name=_name(url, description), url=url)
    return WebhookEndpoint.objects.create(target=target, events=chosen, description=description)


def endpoint_state_set(endpoint: WebhookEndpoint, state: str) -> None:
    """Active or paused. One that is made active begins anew, whatever it did not take before. Raises Invalid."""
    if state not in (WebhookState.ACTIVE, WebhookState.PAUSED):
        raise Invalid("Must be active or paused.", field="state")
    target = endpoint.target
    if state == WebhookState.ACTIVE and target.state != state:
        target.paused_until = target.failing_since = target.told_at = None
        enqueue_after_commit("accounts.tasks.webhooks_send", target.pk)
    target.state = state
    target.save(update_fields=["state", "paused_until", "failing_since", "told_at"])


def endpoint_remove(endpoint: WebhookEndpoint) -> None:
    """The target stays until what was sent to it is forgotten: what is just being queued refers to it."""
    webhook_target_end(target_id=endpoint.target_id)
    endpoint.delete()


def endpoint_try(endpoint: WebhookEndpoint) -> WebhookMessage:
    require_active(endpoint.target)
    return webhook_queue(
        target_id=endpoint.target_id, event_type=WebhookEvent.WEBHOOK_TEST, data={"endpoint_id": endpoint.pk}
    )


def message_again(target: WebhookTarget, message_id: int) -> WebhookMessage:
    """Raises Missing and WebhookNotActive. By two at once it is sent once more."""
    require_active(target)
    message = target.messages.select_for_update(of=("self",)).filter(pk=message_id).first()
    if message is None:
        raise Missing("Delivery")
    if message.state != DeliveryState.WAITING:
        message.state, message.attempts, message.sent_at = DeliveryState.WAITING, 0, None
        message.error, message.answer_status = "", None
    message.next_try_at = timezone.now()
    message.save(update_fields=["state", "attempts", "sent_at", "error", "answer_status", "next_try_at"])
    target.paused_until = None
    target.save(update_fields=["paused_until"])
    enqueue_after_commit("accounts.tasks.webhooks_send", target.pk)
    return message


def require_active(target: WebhookTarget) -> None:
    if target.state != WebhookState.ACTIVE or target.ended_at is not None:
        raise WebhookNotActive


def host_of(url: str) -> str:
    """What may be shown of an address: what stands behind it is often a secret of its own."""
    return urlsplit(url).netloc


def _tell_owner(endpoint: WebhookEndpoint, title: str) -> None:
    owner, host, chosen = endpoint.target.owner, host_of(endpoint.target.url), endpoint.events
    assert owner is not None  # noqa: S101 (a person's)
    events = "all of it" if EVERY_EVENT in chosen else ", ".join(chosen)
    notification_send(
        user=owner,
        notification_type=NotificationType.WEBHOOK_ADDED,
        title=title,
        message=f"{host} is told of what happens in your account.",
        data={"webhook_id": endpoint.pk},
        email="webhook_added",
        email_context={"title": title, "host": host, "events": events},
    )


def _own(actor: User, endpoint_id: int) -> WebhookEndpoint:
    """Locked with its target. Raises Missing."""
    rows = WebhookEndpoint.objects.select_related("target").filter(target__owner=actor, target__ended_at=None)
    endpoint = rows.select_for_update(of=("self", "target"), no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Missing("Webhook")
    return endpoint


def _chosen(events: Collection[str]) -> list[str]:
    """In the order of the list, each once. Raises Invalid (`events`)."""
    if not events or not set(events) <= {*WebhookEvent.values, EVERY_EVENT}:
        raise Invalid('Name at least one event of the list, or "*" for all.', field="events")
    return [EVERY_EVENT] if EVERY_EVENT in events else [name for name in WebhookEvent.values if name in events]


def _name(url: str, description: str) -> str:
    """In messages to whom it belongs."""
    return f"Webhook {description or host_of(url)}"[:150]
