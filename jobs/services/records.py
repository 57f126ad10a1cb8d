"""What an artist's profile says of their work: reviews received, jobs completed. Counted from the rows each time."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Count, Q, Sum

from accounts.models import ArtistProfile, BuyerProfile, User
from jobs.choices import JobStatus
from jobs.models import Job, Review

FIGURES = ("rating", "total_reviews", "total_projects_completed", "completion_rate")
PLACES = Decimal("0.01")


@transaction.atomic
def artist_record_refresh(artist_id: int) -> None:
    """Bring rating, total_reviews, total_projects_completed and completion_rate of an artist up to date.

    Called last in the transaction that wrote a review or ended a job, and by the one that makes a profile. It waits for
    whoever else is counting the same artist and counts after them, so the last one to commit has counted everything.
    Without a profile there is nothing to write.
    """
    profile = _profile_locked(artist_id)
    if profile is None:
        return
    reviews = Review.objects.filter(artist_id=artist_id).aggregate(count=Count("pk"), stars=Sum("rating", default=0))
    # A job that was cancelled while still open never had an artist.
    jobs = Job.objects.filter(hired_artist_id=artist_id).aggregate(
        completed=Count("pk", filter=Q(status=JobStatus.COMPLETED)),
        cancelled=Count("pk", filter=Q(status=JobStatus.CANCELLED)),
    )
    profile.rating = _ratio(reviews["stars"], reviews["count"])
    profile.total_reviews = reviews["count"]
    profile.total_projects_completed = jobs["completed"]
    profile.completion_rate = _ratio(jobs["completed"] * 100, jobs["completed"] + jobs["cancelled"])
    profile.save(update_fields=[*FIGURES, "updated_at"])


def _profile_locked(artist_id: int) -> ArtistProfile | None:
    profiles = ArtistProfile.objects.select_for_update().filter(pk=artist_id)
    profile = profiles.first()
    if profile is None:
        # One may be in the making this moment. Who makes it holds the account, so look again once that is ours.
        User.objects.select_for_update(no_key=True).filter(pk=artist_id).first()
        profile = profiles.first()
    return profile


def _ratio(part: int, whole: int) -> Decimal:
    """Two places; nothing over nothing is 0."""
    return (Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP) if whole else Decimal("0.00")


@transaction.atomic
def buyer_record_refresh(buyer_id: int) -> None:
    """Bring `projects_posted` of a buyer up to date.

    Called last in the transaction that posted or deleted a job, and by the one that makes a profile. The account's row
    is where they wait for each other, so the last one to commit has counted everything.
    """
    User.objects.select_for_update(no_key=True).filter(pk=buyer_id).first()
    BuyerProfile.objects.filter(pk=buyer_id).update(projects_posted=Job.objects.filter(buyer_id=buyer_id).count())
