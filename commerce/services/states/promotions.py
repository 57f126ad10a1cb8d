"""How a promotion begins, or does not. Kept apart from `promotions`, which charges for them."""

from datetime import timedelta

from django.utils import timezone

from commerce.choices import AccountKind, TransactionKind
from commerce.models import Promotion
from commerce.services.ledger.booking import Posting, book
from config.core.errors import Missing


def promotion_lock(promotion_id: int) -> Promotion:
    """Raises Missing."""
    promotion = Promotion.objects.select_for_update(of=("self",)).filter(pk=promotion_id).first()
    if promotion is None:
        raise Missing("Promotion")
    return promotion


def promotion_start(promotion: Promotion) -> None:
    """All of a locked promotion's price is there: what the balance pays of it is booked, and it runs from now on."""
    promotion.starts_at = timezone.now()
    promotion.expires_at = promotion.starts_at + timedelta(days=promotion.duration_days)
    promotion.save(update_fields=["starts_at", "expires_at"])
    if promotion.from_balance:
        book(
            kind=TransactionKind.PROMOTION,
            key=f"promotion:{promotion.pk}",
            currency=promotion.currency,
            promotion=promotion,
            note=promotion.number,
            postings=[
                Posting(AccountKind.SELLER, -promotion.from_balance, owner_id=promotion.seller_id),
                Posting(AccountKind.FEES, promotion.from_balance),
            ],
        )


def promotion_call_off(promotion: Promotion) -> None:
    """It was not paid: what was set aside of the seller's balance is theirs to spend again. The promotion is locked."""
    promotion.called_off_at = timezone.now()
    promotion.save(update_fields=["called_off_at"])
