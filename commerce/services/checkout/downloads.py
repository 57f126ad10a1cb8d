"""Files that were bought: handed out ten times at most, by links that expire, and end when the price goes back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from commerce.choices import PAID, OrderStatus
from commerce.errors import FileNotThere
from commerce.models import DownloadEvent, OrderLine, PaymentShare
from commerce.selectors.orders import KEPT, line_bought
from commerce.services.states.orders import order_lock
from config.core.errors import Denied, DomainError, Invalid, Kind, Missing
from config.core.storage import Right, link_seconds
from marketplace.services.models_3d.originals import MAIN, Wanted, original_link

DOWNLOAD_LIMIT: Final = 10


class DownloadLimitReached(DomainError):
    code = "download_limit_reached"
    kind = Kind.DENIED
    message = f"This item was downloaded {DOWNLOAD_LIMIT} times, which is the limit."


@dataclass(frozen=True)
class Download:
    url: str
    expires_at: datetime
    download_count: int


def order_line_download(*, actor: User, order_id: int, item_id: int) -> Download:
    """As `line_download`, for a line that is addressed within its order. Raises Missing as well."""
    return line_download(actor=actor, line=line_bought(actor=actor, order_id=order_id, item_id=item_id))


def line_download(*, actor: User, line: OrderLine, wanted: Wanted = MAIN) -> Download:
    """A link to the original of a paid digital work, for its buyer: of a model to the file that is `wanted`. It counts
    when the link is issued.

    Raises Missing (not the actor's), Denied (unpaid or refunded), Invalid (nothing to download; a field of `wanted`),
    FileNotThere (sold without its file, which has not come yet), DownloadLimitReached; then nothing is counted.
    """
    if line.order.buyer_id != actor.pk:
        raise Missing("Item")
    if not line.is_digital:
        raise Invalid("This item has no file to download.")
    right = Right("purchase", (line.pk,))
    with transaction.atomic():
        line.order = order_lock(line.order_id)  # of cancelling and downloading at once, one wins
        _require_paid(line)
        counted = OrderLine.objects.filter(pk=line.pk, download_count__lt=DOWNLOAD_LIMIT).update(
            download_count=F("download_count") + 1
        )
        if not counted:
            raise DownloadLimitReached
        try:
            url = original_link(listing_id=line.listing_id, right=right, wanted=wanted)
        except Missing:
            raise FileNotThere from None
        DownloadEvent.objects.create(line=line, listing_id=line.listing_id, user=actor)
    line.refresh_from_db(fields=["download_count"])
    expires = timezone.now() + timedelta(seconds=link_seconds(right))
    return Download(url=url, expires_at=expires, download_count=line.download_count)


def line_link(line: OrderLine) -> str | None:
    """A link to the original for the buyer of a paid line who still has downloads, which does not count; else None."""
    if not line.is_digital or line.download_count >= DOWNLOAD_LIMIT or not purchase_holds(line.pk):
        return None
    try:
        return original_link(listing_id=line.listing_id, right=Right("purchase", (line.pk,)))
    except Missing:
        return None


def purchase_holds(line_id: int) -> bool:
    """Whether a link that was issued for a line is still good: its buyer could have another one, but for the limit."""
    line = OrderLine.objects.select_related("order__buyer").filter(pk=line_id).first()
    if line is None or not line.order.buyer.is_active:
        return False
    try:
        _require_paid(line)
    except DomainError:
        return False
    return True


def _require_paid(line: OrderLine) -> None:
    if line.order.status == OrderStatus.CANCELLED:
        raise Denied("The order was cancelled.")
    if line.order.total_amount == 0:
        return
    share = PaymentShare.objects.filter(KEPT, line=line, payment__status__in=PAID).first()
    if share is None:
        raise Denied("This item is not paid for, or was refunded.")
    if share.held_gross:  # not one that could still be given back
        raise FileNotThere
