"""A bid's status: changed here and nowhere else. A job's history says when and by whom its bids were decided."""

from collections.abc import Iterable

from django.utils import timezone

from jobs.choices import BID_CHANGES, BidStatus
from jobs.errors import WrongBidStatus
from jobs.models import Bid, Job


def bids_pending_lock(job: Job) -> list[Bid]:
    """The undecided bids on a locked job, with their artists, locked in the order of their ids."""
    bids = job.bids.select_for_update(of=("self",)).select_related("artist")
    return list(bids.filter(status=BidStatus.PENDING).order_by("pk"))


def bids_status_change(bids: Iterable[Bid], status: BidStatus) -> None:
    """Give locked bids another status. Raises WrongBidStatus when it may not follow the one they have."""
    bids, now = list(bids), timezone.now()
    for bid in bids:
        if status not in BID_CHANGES[bid.status]:
            raise WrongBidStatus(f"A bid that is {bid.status} cannot become {status}.")
    Bid.objects.filter(pk__in=[bid.pk for bid in bids]).update(status=status, updated_at=now)
    for bid in bids:
        bid.status, bid.updated_at = status, now
