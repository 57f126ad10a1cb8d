"""What administrators do with webhooks: endpoints of the platform, which hear of everybody's, and those of people that
need a hand. Each leaves an entry in the audit trail."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from django.db import transaction

from accounts import policies
from accounts.actors import Actor
from accounts.choices import WebhookState
from accounts.models import WebhookEndpoint, WebhookMessage, WebhookTarget
from accounts.services.webhook_endpoints import (
    endpoint_make,
    endpoint_remove,
    endpoint_state_set,
    endpoint_try,
    host_of,
    message_again,
)
from accounts.services.webhooks import webhook_secret_replace
from config.core.audit import audit_record, audited
from config.core.errors import Denied, Missing
from config.core.idempotency import Once, done_once

Made = TypeVar("Made")


@done_once(WebhookEndpoint)
def platform_endpoint_create(
    *, actor: Actor, url: str, events: Collection[str], description: str = "", once: Once | None = None
) -> WebhookEndpoint:
    """Its secret is shown now and never again. Raises Denied and Invalid (`url`, `events`)."""
    _require(actor)
    with transaction.atomic():
        endpoint = endpoint_make(owner=None, url=url, events=events, description=description)
        made = {"host": host_of(url), "events": endpoint.events}
        audit_record(actor=actor, action="webhook.create", target=endpoint, after=made)
    return endpoint


def platform_endpoint_remove(*, actor: Actor, endpoint_id: int) -> None:
    """Raises Denied and Missing."""
    _require(actor)
    with transaction.atomic():
        endpoint = _locked(endpoint_id, of_platform=True)
        before = {"host": host_of(endpoint.target.url), "events": endpoint.events}
        audit_record(actor=actor, action="webhook.remove", target=endpoint, before=before)
        endpoint_remove(endpoint)


@done_once(WebhookEndpoint)
def platform_secret_replace(*, actor: Actor, endpoint_id: int, once: Once | None = None) -> WebhookEndpoint:
    """With a new secret; the one before signs beside it for a day. Raises Denied and Missing."""

    def replaced(endpoint: WebhookEndpoint) -> WebhookEndpoint:
        endpoint.target = webhook_secret_replace(target_id=endpoint.target_id)
        return endpoint

    return _decided(actor, endpoint_id, "rotate_secret", replaced, of_platform=True)


def platform_endpoint_test(*, actor: Actor, endpoint_id: int) -> WebhookMessage:
    """Raises Denied, Missing and WebhookNotActive."""
    return _decided(actor, endpoint_id, "test", endpoint_try, of_platform=True)


def endpoint_pause(*, actor: Actor, endpoint_id: int) -> None:
    """Of anybody's. Raises Denied and Missing."""
    _decided(actor, endpoint_id, "pause", lambda endpoint: endpoint_state_set(endpoint, WebhookState.PAUSED))


def endpoint_enable(*, actor: Actor, endpoint_id: int) -> None:
    """Of anybody's: what waits is sent. Raises Denied and Missing."""
    _decided(actor, endpoint_id, "enable", lambda endpoint: endpoint_state_set(endpoint, WebhookState.ACTIVE))


def message_replay_by_staff(*, actor: Actor, message_id: int) -> WebhookMessage:
    """To whomever it went, once more with the same id. Raises Denied, Missing and WebhookNotActive."""
    _require(actor)
    with transaction.atomic():
        targets = WebhookTarget.objects.select_for_update(of=("self",), no_key=True)
        target = targets.filter(messages=message_id).first()
        if target is None:
            raise Missing("Message")
        message = WebhookMessage.objects.get(pk=message_id)
        with audited(actor, "webhook.replay", message, "state", "attempts"):
            message_again(target, message_id)
            message.refresh_from_db()
    return message


# ---------------------------------------------------------------- parts
def _require(actor: Actor) -> None:
    if not policies.may_manage_webhooks(actor):
        raise Denied


def _decided(
    actor: Actor,
    endpoint_id: int,
    verb: str,
    decide: Callable[[WebhookEndpoint], Made],
    *,
    of_platform: bool = False,
) -> Made:
    _require(actor)
    with transaction.atomic():
        endpoint = _locked(endpoint_id, of_platform=of_platform)
        state: dict[str, Any] = {"state": lambda: str(endpoint.target.state)}
        with audited(actor, f"webhook.{verb}", endpoint, **state):
            return decide(endpoint)


def _locked(endpoint_id: int, *, of_platform: bool) -> WebhookEndpoint:
    """With its target. Raises Missing."""
    rows = WebhookEndpoint.objects.select_related("target").filter(target__ended_at=None)
    if of_platform:
        rows = rows.filter(target__owner=None)
    endpoint = rows.select_for_update(of=("self", "target"), no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Missing("Webhook")
    return endpoint
