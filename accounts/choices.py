"""Words that accounts are described with."""

from typing import Final

from django.db import models


class UserType(models.TextChoices):
    BUYER = "buyer"
    ARTIST = "artist"
    CREATOR = "creator"
    ADMIN = "admin"


class CreatorLevel(models.TextChoices):
    """What a seller of 3-D models has reached; see accounts.services.creator_levels."""

    BRONZE = "Bronze"
    SILVER = "Silver"
    GOLD = "Gold"
    PLATINUM = "Platinum"


class MailKind(models.TextChoices):
    """What an e-mail is about that others than its reader can have sent; each kind is limited for itself."""

    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (no password)
    PAYMENT_METHOD_CODE = "payment_method_code"
    STAFF_INVITATION = "staff_invitation"


class MailTopic(models.TextChoices):
    """What people may leave off by e-mail. All other e-mails are about what they did, their money or their account."""

    COMMENTS = "comments", "about comments on what you made, and answers to yours"
    FOLLOWERS = "followers", "about new followers"
    NEWS = "news", "about what is new"
    PRINTERS = "printers", "about what happens at your printers"


def mail_topics() -> list[tuple[str, str]]:
    """A new topic needs no migration."""
    return list(MailTopic.choices)


MAIL_TOPICS: Final[dict[str, MailTopic]] = {
    "comment_notification": MailTopic.COMMENTS,
    "new_follower": MailTopic.FOLLOWERS,
    "campaign": MailTopic.NEWS,
    "printer_event": MailTopic.PRINTERS,
}
"""By template. docs/reference/emails.md lists all templates; one that is not here is always sent."""


class RefusalReason(models.TextChoices):
    """Why somebody gets no e-mails of a topic."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class ExportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


UNFINISHED_EXPORTS: Final = (ExportState.WAITING, ExportState.RUNNING)


class DeletionState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


UNFINISHED_DELETIONS: Final = (DeletionState.WAITING, DeletionState.RUNNING)


class ExperienceLevel(models.TextChoices):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


SELLERS = frozenset({UserType.ARTIST, UserType.CREATOR, UserType.ADMIN})
MODERATORS_GROUP = "Content moderators"
STAFF_GROUP = "Staff"
ADMINS_GROUP = "Administrators"


class StaffLevel(models.TextChoices):
    """As what somebody can be invited to work here: by the name of their group."""

    MODERATOR = MODERATORS_GROUP, "Content moderator"
    STAFF = STAFF_GROUP, "Staff"
    ADMINISTRATOR = ADMINS_GROUP, "Administrator"


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
    SUBSCRIPTION_UPDATED = "subscription_updated"
    BOUNTY_UPDATED = "bounty_updated"
    NEW_LIKE = "new_like"
    NEW_COMMENT = "new_comment"
    COMMUNITY_UPDATED = "community_updated"
    REPORT_DECIDED = "report_decided"
    CREATOR_LEVEL = "creator_level"
    PRINT_STARTED = "print_started"
    PRINT_COMPLETED = "print_completed"
    PRINT_FAILED = "print_failed"
    MATERIAL_CHANGED = "material_changed"
    FILAMENT_RAN_OUT = "filament_ran_out"
    PRINTER_MAINTENANCE = "printer_maintenance"
    PRINTER_CERTIFICATE = "printer_certificate"
    WEBHOOK_FAILED = "webhook_failed"
    WEBHOOK_ADDED = "webhook_added"
    FILAMENT_LOW = "filament_low"
    SHOP_DISCONNECTED = "shop_disconnected"


def notification_types() -> list[tuple[str, str]]:
    """A new type needs no migration."""
    return list(NotificationType.choices)


class SocialProvider(models.TextChoices):
    GOOGLE = "google", "Google"
    GITHUB = "github", "GitHub"
    DISCORD = "discord", "Discord"


class SessionKind(models.TextChoices):
    """What a sign-in goes on by."""

    TOKEN = "token"  # noqa: S105 (no secret)
    REFRESH = "refresh"
    ACCESS = "access"
    BROWSER = "browser"


class KeyScope(models.TextChoices):
    """What a personal API key is for. Which operation needs which: config.routes.scopes."""

    READ = "read"
    WRITE = "write"
    MONEY = "money"


class DeliveryChannel(models.TextChoices):
    EMAIL = "email"
    SOCKET = "socket"


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"


class WebhookState(models.TextChoices):
    """Of an address that messages go to. Disabled: it took none for long, and gets none until somebody enables it."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class WebhookEvent(models.TextChoices):
    """What endpoints can be told of, and when they are. docs/reference/webhooks.md says who hears it, and the data."""

    ORDER_PLACED = "order.placed", "an order is placed"
    ORDER_PAID = "order.paid", "an order is paid, or was free"
    ORDER_SHIPPED = "order.shipped", "something of an order is sent"
    ORDER_DELIVERED = "order.delivered", "something of an order has arrived"
    ORDER_CANCELLED = "order.cancelled", "an order is cancelled"
    SALE_MADE = "sale.made", "what a seller sold is paid"
    PAYMENT_REFUNDED = "payment.refunded", "a payment, or a part of it, went back"
    PAYOUT_UPDATED = "payout.updated", "a payout is asked for, or its status changes"
    LISTING_APPROVED = "listing.approved", "a listing goes on sale"
    LISTING_REJECTED = "listing.rejected", "a listing is rejected"
    JOB_HIRED = "job.hired", "an artist is hired for a job"
    JOB_COMPLETED = "job.completed", "a job is completed"
    DISPUTE_OPENED = "dispute.opened", "a dispute about held money is opened"
    DISPUTE_DECIDED = "dispute.decided", "a dispute is decided or withdrawn"
    SUBSCRIPTION_CHANGED = "subscription.changed", "a subscription begins or changes"
    MESSAGE_RECEIVED = "message.received", "somebody writes a message"
    TICKET_CREATED = "ticket.created", "a support ticket is opened"
    TICKET_UPDATED = "ticket.updated", "a support ticket is answered or changed"
    PRINT_FINISHED = "print.finished", "a printer has finished a print"
    PRINT_FAILED = "print.failed", "a print has failed"
    WEBHOOK_TEST = "webhook.test", "a test is asked for, of one endpoint"


EVERY_EVENT = "*"


class PeopleAction(models.TextChoices):
    """What can be decided about people, one or many."""

    VERIFY = "verify"
    UNVERIFY = "unverify"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    MAKE_STAFF = "make_staff"
    REMOVE_STAFF = "remove_staff"
