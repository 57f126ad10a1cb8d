"""Words of notifications and deliveries."""

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
    JOB_CANCELLED = "job_cancelled"
    JOB_DEADLINE = "job_deadline"
    CONTRACT_CREATED = "contract_created"
    NEW_REVIEW = "new_review"
    PAYMENT_HELD = "payment_held"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_DECIDED = "dispute_decided"


class DeliveryChannel(models.TextChoices):
    EMAIL = "email"
    SOCKET = "socket"


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"
