"""What a buyer's profile says of the jobs posted. Counted from the rows each time."""

from django.db import transaction

from accounts.models import BuyerProfile, User
from jobs.models import Job


@transaction.atomic
def buyer_record_refresh(buyer_id: int) -> None:
    """Bring `projects_posted` of a buyer up to date.

    Called last in the transaction that posted or deleted a job, and by the one that makes a profile. The account's row
    is where they wait for each other, so the last one to commit has counted everything.
    """
    User.objects.select_for_update(no_key=True).filter(pk=buyer_id).first()
    BuyerProfile.objects.filter(pk=buyer_id).update(projects_posted=Job.objects.filter(buyer_id=buyer_id).count())
