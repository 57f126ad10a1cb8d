"""What hiring has of a person: with its own words from both sides of what two agreed on."""

from typing import Final

from django.db.models import Q

from config.core.own_data import Given, OwnData
from jobs.choices import BountyStatus, JobStatus
from jobs.models import Bid, Bounty, BountyApplication, Contract, Job, Review

JOB: Final = (
    "id title description category=category__name budget_min budget_max currency duration_days required_skills"
    " experience_level deadline status final_amount hired_at delivered_at completed_at cancelled_at created_at"
)
BOUNTY: Final = (
    "id title description requirements budget currency deadline status awarded_at delivered_at ended_at removed_at"
    " created_at"
)


def in_the_way(user_id: int) -> list[str]:
    """Work under way."""
    jobs = Job.objects.filter(Q(buyer=user_id) | Q(hired_artist=user_id), status=JobStatus.IN_PROGRESS).count()
    bounties = Bounty.objects.filter(Q(creator=user_id) | Q(winner=user_id), status=BountyStatus.IN_PROGRESS).count()
    found = [f"{jobs} jobs are in progress."] if jobs else []
    return found + ([f"{bounties} bounties are in progress."] if bounties else [])


OWN_DATA: Final = OwnData(
    given=(
        Given("jobs_posted", Job, "buyer", f"{JOB} hired=hired_artist__username"),
        Given("jobs_hired_for", Job, "hired_artist", f"{JOB} buyer=buyer__username"),
        Given(
            "bids",
            Bid,
            "artist",
            "id job title=job__title bid_amount currency=job__currency delivery_time cover_letter status created_at",
        ),
        Given(
            "contracts",
            Contract,
            "buyer artist",
            "id job buyer=buyer__username artist=artist__username terms rights_type amount currency deadline status"
            " artist_signed_at buyer_signed_at created_at",
        ),
        Given("job_reviews_written", Review, "reviewer", "id job artist=artist__username rating comment created_at"),
        Given("job_reviews_received", Review, "artist", "id job reviewer=reviewer__username rating comment created_at"),
        Given("bounties", Bounty, "creator", f"{BOUNTY} winner=winner__username applicants_count"),
        Given("bounties_won", Bounty, "winner", f"{BOUNTY} creator=creator__username"),
        Given(
            "bounty_applications",
            BountyApplication,
            "user",
            "id bounty title=bounty__title message portfolio_url created_at",
        ),
    ),
    left_out={
        "JobChange.actor": "the history of a job is its buyer's",
        "ContractChange.actor": "the history of a contract",
        "BountyChange.actor": "the history of a bounty is its creator's",
    },
    in_the_way=in_the_way,
)
