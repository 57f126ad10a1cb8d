"""Nexus's webhooks of a person (additions of ours): endpoints, and what was sent to them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import EVERY_EVENT, DeliveryState, WebhookEvent, WebhookState
from accounts.gateways.webhook_addresses import LONGEST
from accounts.models import WebhookEndpoint, WebhookMessage
from accounts.selectors.webhooks import webhook_endpoint_of, webhook_endpoints, webhook_messages
from accounts.services import webhook_endpoints as services
from config.dialects.base import operation
from config.dialects.fields import SentText
from config.dialects.nexus import MessageOut, NexusView

EVENTS = [*WebhookEvent.values, EVERY_EVENT]
STATES = [WebhookState.ACTIVE.value, WebhookState.PAUSED.value]


class WebhookIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=LONGEST, help_text="https, and public.")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), allow_empty=False, max_length=len(EVENTS), help_text='"*": all.'
    )
    description = SentText(max_length=200)


class WebhookChangesIn(serializers.Serializer[Any]):
    """What is left out stays."""

    url = serializers.CharField(max_length=LONGEST, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), allow_empty=False, max_length=len(EVENTS), required=False
    )
    description = SentText(max_length=200)
    state = serializers.ChoiceField(choices=STATES, required=False, help_text="active also enables a disabled one.")


class WebhookOut(serializers.Serializer[WebhookEndpoint]):
    id = serializers.IntegerField()
    url = serializers.CharField(source="target.url")
    events = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
    state = serializers.ChoiceField(source="target.state", choices=WebhookState.choices)
    failing_since = serializers.DateTimeField(source="target.failing_since", allow_null=True)
    old_secret_until = serializers.DateTimeField(
        source="target.old_secret_until", allow_null=True, help_text="Until then a replaced secret signs too."
    )
    created_at = serializers.DateTimeField(source="target.created_at")


class WebhookSecretOut(WebhookOut):
    """`secret` is in no other answer."""

    secret = serializers.CharField(source="target.secret")


class DeliveriesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=DeliveryState.choices, required=False)


class DeliveryOut(serializers.Serializer[WebhookMessage]):
    """`body` is the text that was signed."""

    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header of that name, the same in every try.")
    event = serializers.CharField(source="event_type")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    last_status = serializers.IntegerField(
        source="answer_status", allow_null=True, help_text="null: nobody answered, or it was not tried."
    )
    error = serializers.CharField()
    next_try_at = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    body = serializers.CharField()

    def get_next_try_at(self, message: WebhookMessage) -> str | None:
        waits = message.state == DeliveryState.WAITING
        return serializers.DateTimeField().to_representation(message.next_try_at) if waits else None


class Webhooks(NexusView):
    @operation(answer=WebhookOut, rows="all")
    def list(self, request: Request) -> Response:
        """The caller's own, the oldest first."""
        return Response(self.present_many(list(webhook_endpoints(actor=self.caller))))

    @operation(body=WebhookIn, answer=WebhookSecretOut, status=201)
    def create(self, request: Request) -> Response:
        """`secret` signs the messages (Standard Webhooks); it is shown in this answer alone. 409 for one too many."""
        return self.answer(services.endpoint_create(actor=self.caller, **self.body()))


class OneWebhook(NexusView):
    @operation(answer=WebhookOut)
    def retrieve(self, request: Request, id: int) -> Response:
        return self.answer(webhook_endpoint_of(actor=self.caller, endpoint_id=id))

    @operation(body=WebhookChangesIn, answer=WebhookOut)
    def update(self, request: Request, id: int) -> Response:
        """Another address keeps its secret. What happens while it is paused is not told."""
        return self.answer(services.endpoint_change(actor=self.caller, endpoint_id=id, **self.body()))

    @operation(answer=MessageOut)
    def delete(self, request: Request, id: int) -> Response:
        """Nothing more is sent, also not what waits."""
        services.endpoint_delete(actor=self.caller, endpoint_id=id)
        return self.answer({"message": "Webhook deleted"})


class WebhookSecret(NexusView):
    @operation(answer=WebhookSecretOut)
    def rotate_secret(self, request: Request, id: int) -> Response:
        """A new secret, shown in this answer alone. For 24 hours the one before signs beside it."""
        return self.answer(services.endpoint_secret_replace(actor=self.caller, endpoint_id=id))


class WebhookTest(NexusView):
    @operation(answer=DeliveryOut, status=201)
    def test(self, request: Request, id: int) -> Response:
        """Sends `webhook.test`. 409 while the webhook is not active."""
        return self.answer(services.endpoint_test(actor=self.caller, endpoint_id=id))


class Deliveries(NexusView):
    always_envelope = True

    @operation(query=DeliveriesQuery, answer=DeliveryOut, rows="page")
    def deliveries(self, request: Request, id: int) -> Response:
        """What was sent to it and what waits, the newest first; what ended is kept for 30 days."""
        return self.page(webhook_messages(actor=self.caller, endpoint_id=id, **self.query()))


class Replays(NexusView):
    @operation(answer=DeliveryOut)
    def replay(self, request: Request, id: int, delivery_id: int) -> Response:
        """Sends it once more, with the same `webhook-id`; what waits is tried now. 409 while it is not active."""
        return self.answer(services.message_replay(actor=self.caller, endpoint_id=id, message_id=delivery_id))
