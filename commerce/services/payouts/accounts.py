"""Where payouts go. One to a new account waits: whoever has taken over a seller's account begins with that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from commerce.choices import PayoutStatus
from commerce.models import Payout, PayoutSettings

NEW_ACCOUNT_WAIT: Final = timedelta(hours=72)


@dataclass(frozen=True)
class Destination:
    """Where the money goes; '' when the seller has not said. `changed_at` is when the settings began to say so."""

    account: str
    routing: str = ""
    changed_at: datetime | None = None

    @property
    def from_settings(self) -> bool:
        return self.changed_at is not None


def destination_of(chosen: PayoutSettings | None, method: str) -> Destination:
    """What a seller's settings say for this method."""
    if chosen is None or chosen.method != method or not chosen.account_number:
        return Destination("")
    routing = str(chosen.account_details.get("routing_number", ""))
    return Destination(chosen.account_number, routing=routing, changed_at=chosen.account_changed_at)


def account_digest(method: str, destination: Destination) -> str:
    """The same for every spelling of one account; with the key alone it can be told which."""
    parts = ("".join(part.split()).casefold() for part in (destination.account, destination.routing))
    words = "\0".join([method, *parts])
    return salted_hmac(
        "commerce.payout_account", words, secret=settings.FIELD_ENCRYPTION_KEY, algorithm="sha256"
    ).hexdigest()


def waits_until(seller: User, method: str, destination: Destination) -> datetime | None:
    """Until when a payout that is made now waits: None for an account that was paid out to, and is what it was."""
    now = timezone.now()
    paid = Payout.objects.filter(
        seller=seller, account_digest=account_digest(method, destination), status=PayoutStatus.COMPLETED
    )
    is_changed = destination.changed_at is not None and destination.changed_at > now - NEW_ACCOUNT_WAIT
    return now + NEW_ACCOUNT_WAIT if is_changed or not paid.exists() else None
