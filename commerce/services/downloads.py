"""Files that were bought: handed out by links that expire, ten times at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from commerce.choices import PAID, OrderStatus
from commerce.models import OrderLine, PaymentShare
from commerce.selectors import line_bought
from config.core.errors import Denied, DomainError, Invalid, Kind
from marketplace.services.originals import original_link

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
    """A link to the original of a paid digital work. It counts when the link is issued.

    Raises Missing, Denied (unpaid or refunded), Invalid (nothing to download), DownloadLimitReached.
    """
    line = line_bought(actor=actor, order_id=order_id, item_id=item_id)
    if not line.is_digital:
        raise Invalid("This item has no file to download.")
    with transaction.atomic():
        _require_paid(line)
        counted = OrderLine.objects.filter(pk=line.pk, download_count__lt=DOWNLOAD_LIMIT).update(
            download_count=F("download_count") + 1
        )
        if not counted:
            raise DownloadLimitReached
        url = original_link(listing_id=line.listing_id)
    line.refresh_from_db(fields=["download_count"])
    expires = timezone.now() + timedelta(seconds=settings.FILE_LINK_SECONDS)
    return Download(url=url, expires_at=expires, download_count=line.download_count)


def _require_paid(line: OrderLine) -> None:
    if line.order.total_amount == 0 and line.order.status != OrderStatus.CANCELLED:
        return
    share = PaymentShare.objects.filter(line=line, payment__status__in=PAID, refunded_gross__lt=F("gross")).first()
    if share is None:
        raise Denied("This item is not paid for, or was refunded.")
