"""What CultureUp reads and shows of jobs and bids."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.choices import UserType
from accounts.models import User
from config.core.money import quantise
from config.core.references import LARGEST_ID
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.fields import SentText
from config.dialects.moments import EndIn
from jobs import policies
from jobs.choices import ACTIVE_JOBS, DEADLINE_NEAR, BidStatus, JobLevel, JobStatus
from jobs.models import Bid, Job
from jobs.selectors import BID_ORDERINGS, JOB_ORDERINGS, NEWEST
from jobs.services.amounts import MOST_DAYS

Form = serializers.Serializer[Any]


# ---------------------------------------------------------------- what is read
class JobsQuery(Form):
    status = serializers.ChoiceField(JobStatus.choices, required=False)
    category = serializers.IntegerField(source="category_id", min_value=1, max_value=LARGEST_ID, required=False)
    experience_level = serializers.ChoiceField(JobLevel.choices, required=False)
    # Jobs that may pay so much or more, and that may be had for so much or less.
    min_budget = AmountIn(source="budget_max__gte", min_value=0, required=False)
    max_budget = AmountIn(source="budget_min__lte", min_value=0, required=False)
    search = serializers.CharField(max_length=200, required=False)
    ordering = serializers.ChoiceField(JOB_ORDERINGS, default=NEWEST)


class JobIn(Form):
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000)
    category_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    budget_min = AmountIn(min_value=0)
    budget_max = AmountIn(min_value=0)
    duration_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    required_skills = SentText(max_length=2000)
    experience_level = serializers.ChoiceField(JobLevel.choices)
    deadline = EndIn()


class HireIn(Form):
    bid_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    final_amount = AmountIn(min_value=0, required=False, allow_null=True, help_text="What was bid, when left out.")


class ChangesWantedIn(Form):
    message = serializers.CharField(max_length=500)


class JobCancelIn(Form):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class BidsQuery(Form):
    status = serializers.ChoiceField(BidStatus.choices, required=False)
    ordering = serializers.ChoiceField(BID_ORDERINGS, default=NEWEST)


class BidTermsIn(Form):
    bid_amount = AmountIn(min_value=0)
    delivery_time = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    cover_letter = serializers.CharField(max_length=2000)


class BidIn(BidTermsIn):
    job_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class BidChangeIn(BidTermsIn):
    job_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, help_text="Cannot be changed.")


# ---------------------------------------------------------------- what is shown
class JobPersonOut(Form):
    id = serializers.IntegerField()
    username = serializers.CharField()


class JobBuyerOut(JobPersonOut):
    email = serializers.EmailField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    user_type = serializers.ChoiceField(UserType.choices)


class JobCategoryShortOut(Form):
    id = serializers.IntegerField()
    name = serializers.CharField()


class JobCategoryOut(JobCategoryShortOut):
    description = serializers.CharField()


# Needs a row of `selectors.jobs_with_figures`.
class JobBaseOut(serializers.Serializer[Job]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    budget_min = AmountOut()
    budget_max = AmountOut()
    currency = serializers.CharField()
    duration_days = serializers.IntegerField()
    required_skills = serializers.CharField()
    experience_level = serializers.ChoiceField(JobLevel.choices)
    status = serializers.ChoiceField(JobStatus.choices)
    hired_artist = JobPersonOut(allow_null=True)
    final_amount = AmountOut(allow_null=True)
    deadline = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    average_bid = serializers.SerializerMethodField()
    total_bids = serializers.IntegerField()
    deadline_approaching = serializers.SerializerMethodField()

    def get_average_bid(self, job: Any) -> float | None:
        return None if job.average_bid is None else float(quantise(job.average_bid, job.currency))

    def get_deadline_approaching(self, job: Job) -> bool:
        now = timezone.now()
        return job.status in ACTIVE_JOBS and now < job.deadline < now + DEADLINE_NEAR


class JobOut(JobBaseOut):
    """In lists and alone."""

    buyer = serializers.SerializerMethodField()
    category = JobCategoryOut()
    updated_at = serializers.DateTimeField()

    def get_buyer(self, job: Job) -> JobBuyerOut:
        user: User = job.buyer
        seen = policies.may_see_buyer_contact(self.context["request"].user, job)
        return {  # type: ignore[return-value]  # the hint is what the document shows
            "id": user.pk,
            "username": user.username,
            "email": user.email if seen else None,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "user_type": user.user_type,
        }


class OwnJobOut(JobBaseOut):
    """To its buyer, after posting or changing it."""

    buyer = JobPersonOut()
    category = JobCategoryShortOut()


class JobStatusOut(Form):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(JobStatus.choices)


class HiredJobOut(JobStatusOut):
    hired_artist = JobPersonOut()
    final_amount = AmountOut()
    currency = serializers.CharField()


class JobMovedOut(Form):
    message = serializers.CharField()
    job = JobStatusOut()


class JobHiredOut(Form):
    message = serializers.CharField()
    job = HiredJobOut()


def moved(message: str, job: Job, shape: type[JobStatusOut] = JobStatusOut) -> dict[str, Any]:
    return {"message": message, "job": shape(job).data}


class JobShortOut(Form):
    id = serializers.IntegerField()
    title = serializers.CharField()


class JobOfBidOut(JobShortOut):
    buyer_name = serializers.CharField(source="buyer.username")
    category_name = serializers.CharField(source="category.name")
    budget_min = AmountOut()
    budget_max = AmountOut()
    status = serializers.ChoiceField(JobStatus.choices)


# Needs a row of `selectors.bids_with_rank`.
class OwnBidOut(serializers.Serializer[Bid]):
    id = serializers.IntegerField()
    job: Any = JobShortOut()
    artist = JobPersonOut()
    bid_amount = AmountOut(currency="job.currency")
    currency = serializers.CharField(source="job.currency")
    delivery_time = serializers.IntegerField(help_text="Days.")
    cover_letter = serializers.CharField()
    status = serializers.ChoiceField(BidStatus.choices)
    created_at = serializers.DateTimeField()
    bid_rank = serializers.IntegerField(help_text="1 is the lowest of the job; among equals the earlier.")


class BidOut(OwnBidOut):
    job = JobOfBidOut()
