"""What waits for the platform itself, for operators: how much, and for how long."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts.choices import DeliveryState, WebhookState
from accounts.models import Delivery, WebhookMessage
from commerce.choices import RefundStatus
from commerce.models import GatewayEvent, InvoiceReversal, Refund
from commerce.selectors.balances import payouts_open
from community.choices import CampaignStatus
from community.models import EmailCampaign
from config.core.models import DiscardedFile
from marketplace.choices import CheckState, MeshState
from marketplace.models import MeshFile, Picture


@dataclass(frozen=True)
class Backlog:
    """`oldest` is in seconds, 0 when nothing waits."""

    name: str
    count: int
    oldest: float


# Name, rows, since when a row waits. Behind each is an index of what waits alone.
_WAITING: Final[tuple[tuple[str, QuerySet[Any], str], ...]] = (
    ("deliveries", Delivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]), "created_at"),
    (
        "webhooks",  # what waits for one that is paused or disabled waits for its owner
        WebhookMessage.objects.filter(
            state=DeliveryState.WAITING, target__ended_at=None, target__state=WebhookState.ACTIVE
        ),
        "created_at",
    ),
    ("picture_checks", Picture.objects.filter(~Q(check_state=CheckState.DONE)), "created_at"),
    ("mesh_analyses", MeshFile.objects.filter(state__in=[MeshState.WAITING, MeshState.RUNNING]), "created_at"),
    ("gateway_events", GatewayEvent.objects.filter(applied_at__isnull=True), "received_at"),
    ("refunds", Refund.objects.filter(status=RefundStatus.PENDING), "created_at"),
    (
        "invoice_refunds",
        InvoiceReversal.objects.filter(state=RefundStatus.PENDING, key__isnull=False),
        "created_at",
    ),
    ("payouts", payouts_open(), "request_date"),
    ("campaigns", EmailCampaign.objects.filter(status=CampaignStatus.SENT, finished_at__isnull=True), "sent_at"),
    ("discarded_files", DiscardedFile.objects.all(), "created_at"),
)


def backlogs() -> list[Backlog]:
    """One query each."""
    now = timezone.now()
    return [_measured(name, rows.aggregate(count=Count("pk"), since=Min(since)), now) for name, rows, since in _WAITING]


def _measured(name: str, found: dict[str, Any], now: datetime) -> Backlog:
    since = found["since"]
    return Backlog(name, found["count"], max((now - since).total_seconds(), 0.0) if since else 0.0)
