"""Endpoints that people have, and what was sent to them."""

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import WebhookEndpoint, WebhookMessage
from accounts.policies import webhook_endpoints_visible_to
from config.core.errors import Missing


def webhook_endpoints(*, actor: Actor) -> QuerySet[WebhookEndpoint]:
    """The actor's own, the oldest first."""
    return webhook_endpoints_visible_to(actor).select_related("target").order_by("pk")


def webhook_endpoint_of(*, actor: Actor, endpoint_id: int) -> WebhookEndpoint:
    """Raises Missing for one that is not the actor's."""
    endpoint = webhook_endpoints(actor=actor).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Missing("Webhook")
    return endpoint


def webhook_messages(*, actor: Actor, endpoint_id: int, state: str = "") -> QuerySet[WebhookMessage]:
    """What was sent to one's endpoint, and what waits, the newest first. Raises Missing."""
    endpoint = webhook_endpoint_of(actor=actor, endpoint_id=endpoint_id)
    messages = WebhookMessage.objects.filter(target_id=endpoint.target_id).order_by("-pk")
    return messages.filter(state=state) if state else messages
