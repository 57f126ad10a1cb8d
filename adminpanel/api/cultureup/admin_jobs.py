"""CultureUp's admin API: jobs."""

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adminpanel.api.fields import LARGEST_ID
from adminpanel.api.permissions import MayCloseJobs, MayReadAll
from adminpanel.selectors import jobs as selectors
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupAdminView
from jobs.choices import JobLevel, JobStatus
from jobs.models import Job
from jobs.services.hiring import job_close

ORDERINGS = {
    "created_at": ("created_at", "pk"),
    "-created_at": ("-created_at", "-pk"),
    "budget_min": ("budget_min", "pk"),
    "-budget_min": ("-budget_min", "-pk"),
    "deadline": ("deadline", "pk"),
    "-deadline": ("-deadline", "-pk"),
}


class JobsQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(JobStatus.choices, required=False)
    experience_level = serializers.ChoiceField(JobLevel.choices, required=False)
    category = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    search = serializers.CharField(max_length=200, allow_blank=True, default="")
    ordering = serializers.ChoiceField(list(ORDERINGS), default="-created_at")


# Needs `bids` in the context.
class JobRow(serializers.ModelSerializer[Job]):
    buyer = serializers.IntegerField(source="buyer_id")
    buyer_username = serializers.CharField(source="buyer.username")
    buyer_email = serializers.EmailField(source="buyer.email")
    hired_artist = serializers.IntegerField(source="hired_artist_id", allow_null=True)
    hired_artist_username = serializers.SerializerMethodField()
    category = serializers.IntegerField(source="category_id")
    category_name = serializers.CharField(source="category.name")
    budget_min = AmountOut()
    budget_max = AmountOut()
    status = serializers.ChoiceField(JobStatus.choices)
    final_amount = AmountOut(allow_null=True)
    total_bids = serializers.SerializerMethodField()
    average_bid = serializers.SerializerMethodField()
    days_since_posted = serializers.SerializerMethodField()
    days_until_deadline = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields: ClassVar = [
            *("id", "title", "description", "buyer", "buyer_username", "buyer_email"),
            *("hired_artist", "hired_artist_username", "category", "category_name"),
            *("budget_min", "budget_max", "currency", "duration_days", "required_skills", "experience_level"),
            *("status", "final_amount", "deadline", "created_at", "updated_at"),
            *("total_bids", "average_bid", "days_since_posted", "days_until_deadline"),
        ]

    def _bids(self, job: Job) -> selectors.BidFigures:
        found: selectors.BidFigures = self.context["bids"][job.pk]
        return found

    def get_hired_artist_username(self, job: Job) -> str | None:
        return job.hired_artist.username if job.hired_artist else None

    def get_total_bids(self, job: Job) -> int:
        return self._bids(job).total_bids

    def get_average_bid(self, job: Job) -> str | None:
        average = self._bids(job).average_bid
        return None if average is None else str(average)

    def get_days_since_posted(self, job: Job) -> int:
        return (timezone.now() - job.created_at).days

    def get_days_until_deadline(self, job: Job) -> int:
        """Whole days; negative once it is over."""
        return (job.deadline - timezone.now()).days


class CloseIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ClosedJob(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    status = serializers.ChoiceField(JobStatus.choices)
    updated_at = serializers.DateTimeField()


class JobClosed(serializers.Serializer[Any]):
    message = serializers.CharField()
    job = ClosedJob()


class AverageBudget(serializers.Serializer[selectors.AverageBudget]):
    avg_min = AmountOut(currency=None)
    avg_max = AmountOut(currency=None)


class JobStats(serializers.Serializer[selectors.JobFigures]):
    total_jobs = serializers.IntegerField()
    open_jobs = serializers.IntegerField()
    in_progress_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField()
    cancelled_jobs = serializers.IntegerField()
    average_budget = AverageBudget()
    currency = serializers.CharField()
    total_bids = serializers.IntegerField()
    recent_jobs = serializers.IntegerField()
    other_currencies = serializers.DictField(child=AverageBudget())


class Jobs(CultureupAdminView):
    @operation(query=JobsQuery, answer=JobRow, rows="page", who=MayReadAll)
    def list(self, request: Request) -> Response:
        wanted = self.query()
        order = ORDERINGS[wanted.pop("ordering")]
        rows = selectors.jobs_for_staff(actor=request.user, search=wanted.pop("search"))
        rows = rows.filter(**wanted).order_by(*order)
        return self.page(rows, lambda jobs: self.present_many(jobs, bids=selectors.bids_of(jobs)))

    @operation(body=CloseIn, answer=JobClosed, who=MayCloseJobs)
    def close(self, request: Request, id: int) -> Response:
        job = job_close(actor=request.user, job_id=id, **self.body())
        about = {"id": job.pk, "title": job.title, "status": job.status, "updated_at": job.updated_at}
        return self.answer({"message": f'Job "{job.title}" closed by admin', "job": about})

    @operation(answer=JobStats, who=MayReadAll)
    def stats(self, request: Request) -> Response:
        return self.answer(selectors.job_figures(actor=request.user))
