"""Hiring: jobs, the bids on them, contracts, and the reviews of finished work."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.core.fields import MoneyField
from config.core.history import StatusHistory
from config.core.text_search import Searched, SearchKey
from jobs.choices import BidStatus, BountyStatus, ContractStatus, JobLevel, JobStatus, RightsType
from marketplace.models import Category


class Job(Searched):
    """Work that a buyer wants done. `jobs.services.states` alone moves its status."""

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs_posted")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="jobs")
    title = models.CharField(max_length=200)
    description = models.TextField()
    budget_min = MoneyField()
    budget_max = MoneyField()
    currency = models.CharField(max_length=3)
    duration_days = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    required_skills = models.TextField(blank=True, help_text="Separated by commas.")
    title_key = SearchKey("title")
    description_key = SearchKey("description")
    skills_key = SearchKey("required_skills")
    experience_level = models.CharField(max_length=15, choices=JobLevel)
    deadline = models.DateTimeField()
    status = models.CharField(max_length=15, choices=JobStatus, default=JobStatus.OPEN, editable=False)
    hired_artist = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs_hired_for"
    )
    hired_bid = models.OneToOneField("Bid", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    final_amount = MoneyField(null=True, blank=True)
    hired_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The artist says that the work is done; the buyer's turn."
    )
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    paid_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when money for it stands. Kept by commerce."
    )
    disputed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when its money is disputed. Kept by commerce."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When people were told that the deadline approaches."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_min__gt=0, budget_max__gte=F("budget_min")), name="job_budget_is_a_range"
            ),
            models.CheckConstraint(condition=Q(duration_days__gte=1), name="job_duration_positive"),
            models.CheckConstraint(
                condition=Q(final_amount__isnull=True) | Q(final_amount__gt=0), name="job_final_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[JobStatus.IN_PROGRESS, JobStatus.COMPLETED])
                | Q(hired_artist__isnull=False, hired_bid__isnull=False, final_amount__isnull=False),
                name="job_under_way_has_its_artist",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="jobs_newest"),
            models.Index(fields=["budget_min", "id"], name="jobs_by_budget"),
            models.Index(fields=["budget_max"], name="jobs_by_most"),
            models.Index(fields=["deadline", "id"], name="jobs_by_deadline"),
            models.Index(fields=["deadline"], name="jobs_open_until", condition=Q(status=JobStatus.OPEN)),
            models.Index(fields=["status", "-created_at", "-id"], name="jobs_by_status"),
            models.Index(fields=["category", "-created_at", "-id"], name="jobs_by_category"),
            models.Index(fields=["experience_level", "-created_at", "-id"], name="jobs_by_level"),
            models.Index(fields=["buyer", "-created_at", "-id"], name="jobs_of_buyer"),
            models.Index(fields=["hired_artist", "status"], name="jobs_of_artist"),
            models.Index(
                fields=["delivered_at"],
                name="jobs_delivered",
                condition=Q(status=JobStatus.IN_PROGRESS, delivered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class JobChange(StatusHistory):
    """The history of a job's status. Rows are only added."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=15, choices=JobStatus, blank=True)
    after = models.CharField(max_length=15, choices=JobStatus)
    reason = models.CharField(max_length=500, blank=True)


class Bid(models.Model):
    """What an artist offers to do a job for. Withdrawing a bid deletes it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="bids")
    artist = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bids")
    bid_amount = MoneyField(currency="job.currency")
    delivery_time = models.PositiveIntegerField(help_text="Days.", validators=[MinValueValidator(1)])
    cover_letter = models.CharField(max_length=2000)
    status = models.CharField(max_length=10, choices=BidStatus, default=BidStatus.PENDING, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bid_amount__gt=0), name="bid_amount_positive"),
            models.CheckConstraint(condition=Q(delivery_time__gte=1), name="bid_delivery_positive"),
            models.UniqueConstraint(
                fields=["job", "artist"], condition=~Q(status=BidStatus.REJECTED), name="bid_one_live"
            ),
            models.UniqueConstraint(
                fields=["job"], condition=Q(status=BidStatus.ACCEPTED), name="bid_one_accepted_a_job"
            ),
        ]
        indexes = [
            models.Index(fields=["job", "bid_amount", "created_at", "id"], name="bids_ranked"),
            models.Index(fields=["artist", "-created_at", "-id"], name="bids_of_artist"),
            models.Index(fields=["status"], name="bids_by_status"),
        ]

    def __str__(self) -> str:
        return f"Bid {self.pk} on job {self.job_id}"


class Contract(models.Model):
    """What buyer and artist of a job agree on. The first signature freezes its terms: `terms_digest` is theirs."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="contracts")
    artist = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contracts_as_artist")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contracts_as_buyer")
    terms = models.TextField(max_length=20_000)
    rights_type = models.CharField(max_length=15, choices=RightsType)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    deadline = models.DateTimeField()
    status = models.CharField(max_length=10, choices=ContractStatus, default=ContractStatus.PENDING, editable=False)
    artist_signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    buyer_signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    terms_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of what was signed; empty until the first signs."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contract_amount_positive"),
            models.CheckConstraint(
                condition=~Q(status=ContractStatus.ACTIVE)
                | Q(artist_signed_at__isnull=False, buyer_signed_at__isnull=False),
                name="contract_active_is_signed_by_both",
            ),
            models.CheckConstraint(
                condition=Q(artist_signed_at__isnull=True, buyer_signed_at__isnull=True) | ~Q(terms_digest=""),
                name="contract_signed_has_digest",
            ),
            models.UniqueConstraint(
                fields=["job"], condition=~Q(status=ContractStatus.TERMINATED), name="contract_one_live_a_job"
            ),
        ]
        indexes = [
            models.Index(fields=["artist", "-created_at", "-id"], name="contracts_of_artist"),
            models.Index(fields=["buyer", "-created_at", "-id"], name="contracts_of_buyer"),
            models.Index(fields=["status"], name="contracts_by_status"),
        ]

    def __str__(self) -> str:
        return f"Contract {self.pk} for job {self.job_id}"

    @property
    def is_fully_signed(self) -> bool:
        return self.artist_signed_at is not None and self.buyer_signed_at is not None


class ContractChange(StatusHistory):
    """The history of a contract's status. Rows are only added."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=10, choices=ContractStatus, blank=True)
    after = models.CharField(max_length=10, choices=ContractStatus)
    reason = models.CharField(max_length=200, blank=True)


class Review(models.Model):
    """What the buyer of a finished job says about its artist."""

    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="review")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_written")
    artist = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_received")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.CharField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="review_rating_1_to_5")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="reviews_newest"),
            models.Index(fields=["rating", "-created_at", "-id"], name="reviews_by_rating"),
            models.Index(fields=["-rating", "-created_at", "-id"], name="reviews_best_first"),
            models.Index(fields=["artist", "-created_at", "-id"], name="reviews_of_artist"),
        ]

    def __str__(self) -> str:
        return f"{self.rating} for job {self.job_id}"


class Bounty(Searched):
    """Work that somebody wants done, by whomever they choose of those who apply. The budget is held from then on.

    `jobs.services.states` alone moves its status. One that was deleted is only out of sight.
    """

    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bounties")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=10_000)
    requirements = models.TextField(max_length=10_000, blank=True)
    title_key = SearchKey("title")
    description_key = SearchKey("description")
    budget = MoneyField()
    currency = models.CharField(max_length=3)
    deadline = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=15, choices=BountyStatus, default=BountyStatus.OPEN, editable=False)
    winner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="bounties_won"
    )
    applicants_count = models.PositiveIntegerField(default=0, editable=False)
    awarded_at = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The winner says that the work is done; the creator's turn."
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    paid_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when money for it stands. Kept by commerce."
    )
    disputed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when its money is disputed. Kept by commerce."
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "bounties"
        constraints = [
            models.CheckConstraint(condition=Q(budget__gt=0), name="bounty_budget_positive"),
            models.CheckConstraint(
                condition=~Q(status__in=[BountyStatus.IN_PROGRESS, BountyStatus.COMPLETED])
                | Q(winner__isnull=False, awarded_at__isnull=False),
                name="bounty_under_way_has_its_winner",
            ),
            models.CheckConstraint(
                condition=Q(winner__isnull=True) | ~Q(winner=F("creator")), name="bounty_winner_is_another"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="bounties_newest", condition=Q(removed_at=None)),
            models.Index(
                fields=["status", "-created_at", "-id"], name="bounties_by_status", condition=Q(removed_at=None)
            ),
            models.Index(fields=["creator", "-created_at", "-id"], name="bounties_of_creator"),
            models.Index(
                fields=["delivered_at"],
                name="bounties_delivered",
                condition=Q(status=BountyStatus.IN_PROGRESS, delivered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BountyChange(StatusHistory):
    """The history of a bounty's status. Rows are only added."""

    bounty = models.ForeignKey(Bounty, on_delete=models.CASCADE, related_name="history")
    before = models.CharField(max_length=15, choices=BountyStatus, blank=True)
    after = models.CharField(max_length=15, choices=BountyStatus)
    reason = models.CharField(max_length=500, blank=True)


class BountyApplication(models.Model):
    """Somebody who would do the work."""

    bounty = models.ForeignKey(Bounty, on_delete=models.CASCADE, related_name="applications")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bounty_applications")
    message = models.CharField(max_length=2000)
    portfolio_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bounty", "user"], name="bounty_application_once")]
        indexes = [models.Index(fields=["bounty", "-created_at", "-id"], name="applications_of_bounty")]

    def __str__(self) -> str:
        return f"Application {self.pk} for bounty {self.bounty_id}"
