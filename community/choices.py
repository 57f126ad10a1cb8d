"""Words of notifications and deliveries."""

from typing import Final

from django.db import models


class NotificationType(models.TextChoices):
    NEW_BID = "new_bid"
    BID_ACCEPTED = "bid_accepted"
    JOB_COMPLETED = "job_completed"
    PAYMENT_RECEIVED = "payment_received"
    NEW_MESSAGE = "new_message"
    CONTRACT_SIGNED = "contract_signed"
    ARTWORK_APPROVED = "artwork_approved"
    ARTWORK_REJECTED = "artwork_rejected"
    ARTWORK_HELD = "artwork_held"
    APPEAL_DECIDED = "appeal_decided"
    PURCHASE_CONFIRMED = "purchase_confirmed"
    ORDER_UPDATED = "order_updated"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    ACCOUNT_VERIFIED = "account_verified"
    BID_REJECTED = "bid_rejected"
    JOB_DELIVERED = "job_delivered"
    JOB_RETURNED = "job_returned"
    JOB_CANCELLED = "job_cancelled"
    JOB_DEADLINE = "job_deadline"
    CONTRACT_CREATED = "contract_created"
    NEW_REVIEW = "new_review"
    PAYMENT_HELD = "payment_held"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_DECIDED = "dispute_decided"
    MODEL_ANALYSED = "model_analysed"
    MODEL_APPROVED = "model_approved"
    MODEL_REJECTED = "model_rejected"
    TICKET_UPDATED = "ticket_updated"
    PAYOUT_UPDATED = "payout_updated"
    REVIEW_ANSWERED = "review_answered"
    NEW_FOLLOWER = "new_follower"
    CHARGEBACK_UPDATED = "chargeback_updated"
    REFUND_FAILED = "refund_failed"


class DeliveryChannel(models.TextChoices):
    EMAIL = "email"
    SOCKET = "socket"


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"


class TicketIssue(models.TextChoices):
    """v1 knows the first four, Nexus the others."""

    DOWNLOAD_PROBLEM = "download_problem"
    QUALITY_ISSUE = "quality_issue"
    REFUND_REQUEST = "refund_request"
    OTHER = "other"
    PAYMENT = "payment"
    TECHNICAL = "technical"
    ACCOUNT = "account"


class TicketPriority(models.TextChoices):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TicketStatus(models.TextChoices):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


TICKET_CHANGES: Final[dict[str, frozenset[str]]] = {
    TicketStatus.OPEN: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.IN_PROGRESS}),
}
