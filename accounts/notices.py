"""A notification as Nexus's REST and every socket show it."""

from typing import Any, Final

from accounts.choices import NotificationType
from accounts.models import Notification

# Nexus's words; other types are called there what they are called here.
WORDS: Final[dict[str, str]] = {
    NotificationType.NEW_LIKE: "like",
    NotificationType.NEW_COMMENT: "comment",
    NotificationType.NEW_FOLLOWER: "follow",
    NotificationType.NEW_MESSAGE: "message",
    NotificationType.PURCHASE_CONFIRMED: "purchase",
    NotificationType.PAYMENT_RECEIVED: "sale",
}
# Where it leads to at the front-end, by what it is about; the first that is there counts.
PAGES: Final = (
    ("link", "{}"),
    ("community_id", "/community/{}"),
    ("collection_id", "/collections/{}"),
    ("model_id", "/model/{}"),
    ("username", "/profile/{}"),
    ("ticket_id", "/support"),
    ("message_id", "/dashboard/messages"),
    ("payout_id", "/dashboard/financials"),
)


def types_called(word: str) -> list[str]:
    """The types that have this name there."""
    return [kind for kind in NotificationType.values if WORDS.get(kind, kind) == word]


def link_of(notification: Notification) -> str | None:
    about = notification.data if isinstance(notification.data, dict) else {}
    return next((page.format(about[name]) for name, page in PAGES if about.get(name)), None)


def notice_of(notification: Notification) -> dict[str, Any]:
    return {
        "id": notification.pk,
        "user_id": notification.user_id,
        "type": WORDS.get(notification.notification_type, notification.notification_type),
        "title": notification.title,
        "message": notification.message,
        "link": link_of(notification),
        "is_read": notification.is_read,
        "created_at": notification.created_at,
    }
