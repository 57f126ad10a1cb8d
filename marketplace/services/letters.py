"""What staff write to the seller of a listing."""

from typing import Final

from django.db import transaction

from accounts.actors import Actor
from accounts.choices import NotificationType
from accounts.services.notifications import notification_send
from config.core.audit import audited
from config.core.errors import Denied, Invalid, Missing
from config.core.idempotency import Once, done_once
from config.core.notes import note_write
from marketplace import policies
from marketplace.choices import Kind
from marketplace.models import Listing

MOST_SUBJECT: Final = 120
MOST_TEXT: Final = 1800


@done_once(Listing)
def listing_write(*, actor: Actor, listing_id: int, subject: str, text: str, once: Once | None = None) -> Listing:
    """Write to the seller about a listing: a notification and an e-mail.

    The words stand in a note about the listing, for colleagues; the audit trail has the subject alone. Raises Denied,
    Missing and Invalid (`subject`, `text`).
    """
    if not policies.may_moderate(actor):
        raise Denied
    subject = letter_words(" ".join(subject.split()), "subject", MOST_SUBJECT)
    text = letter_words(text, "text", MOST_TEXT)
    with transaction.atomic():
        rows = Listing.objects.select_for_update(of=("self",)).select_related("seller")
        listing = rows.filter(pk=listing_id).first()
        if listing is None:
            raise Missing("Listing")
        with audited(actor, "listing.write", listing, subject=subject):
            note_write(actor=actor, target=listing, text=f"Written to the seller: {subject}\n\n{text}")
            notification_send(
                user=listing.seller,
                notification_type=NotificationType.NEW_MESSAGE,
                title=subject,
                message=text,
                data=listing_named(listing),
                email="listing_letter",
                email_context=listing_named(listing) | {"title": listing.title, "subject": subject, "words": text},
            )
    return listing


def listing_named(listing: Listing) -> dict[str, int]:
    """Its id, as notifications about listings of its kind call it."""
    return {"artwork_id" if listing.kind == Kind.ARTWORK else "model_id": listing.pk}


def letter_words(sent: str, field: str, most: int) -> str:
    """Raises Invalid."""
    sent = sent.replace("\0", "").strip()
    if not 0 < len(sent) <= most:
        raise Invalid(f"Between 1 and {most} letters.", field=field)
    return sent
