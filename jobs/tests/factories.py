"""Jobs, bids, contracts and reviews for tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.tests.factories import ArtistFactory, BuyerFactory
from jobs.choices import BidStatus, ContractStatus, JobLevel, JobStatus, RightsType
from jobs.models import Bid, Bounty, BountyApplication, Contract, Job, Review
from marketplace.tests.factories import CategoryFactory


class JobFactory(DjangoModelFactory[Job]):
    """Open, for 500 to 1,000, due in ten days."""

    class Meta:
        model = Job

    buyer = factory.SubFactory(BuyerFactory)
    category = factory.SubFactory(CategoryFactory)
    title = factory.Sequence(lambda number: f"Job {number}")
    description = "A modern, minimalist logo."
    budget_min = Decimal("500.00")
    budget_max = Decimal("1000.00")
    currency = factory.LazyFunction(lambda: settings.CURRENCIES["cultureup"])
    duration_days = 7
    required_skills = "Logo Design, Branding"
    experience_level = JobLevel.EXPERT
    deadline = factory.LazyFunction(lambda: timezone.now() + timedelta(days=10))


class BidFactory(DjangoModelFactory[Bid]):
    class Meta:
        model = Bid

    job = factory.SubFactory(JobFactory)
    artist = factory.SubFactory(ArtistFactory)
    bid_amount = Decimal("750.00")
    delivery_time = 5
    cover_letter = "I have drawn logos for ten years."


class ContractFactory(DjangoModelFactory[Contract]):
    """Pending and signed by nobody, for a job that `hired_job` made."""

    class Meta:
        model = Contract

    job = factory.LazyFunction(lambda: hired_job())
    artist = factory.SelfAttribute("job.hired_artist")
    buyer = factory.SelfAttribute("job.buyer")
    terms = "A unique logo with three revisions."
    rights_type = RightsType.EXCLUSIVE
    amount = factory.SelfAttribute("job.final_amount")
    currency = factory.SelfAttribute("job.currency")
    deadline = factory.SelfAttribute("job.deadline")
    status = ContractStatus.PENDING


class ReviewFactory(DjangoModelFactory[Review]):
    class Meta:
        model = Review

    job = factory.LazyFunction(lambda: completed_job())
    reviewer = factory.SelfAttribute("job.buyer")
    artist = factory.SelfAttribute("job.hired_artist")
    rating = 5
    comment = "Excellent work."


class BountyFactory(DjangoModelFactory[Bounty]):
    """Open, for 400 dollars, without a deadline."""

    class Meta:
        model = Bounty

    creator = factory.SubFactory(BuyerFactory)
    title = factory.Sequence(lambda number: f"Bounty {number}")
    description = "A rigged airship."
    budget = Decimal("400.00")
    currency = factory.LazyFunction(lambda: settings.CURRENCIES["nexus"])


def applied(bounty: Bounty, *people: User) -> Bounty:
    for user in people:
        BountyApplication.objects.create(bounty=bounty, user=user, message="I built similar ones.")
    bounty.applicants_count = bounty.applications.count()
    bounty.save(update_fields=["applicants_count"])
    return bounty


def hired_job(*, buyer: User | None = None, artist: User | None = None, **columns: Any) -> Job:
    """A job in progress for 850.00, whose accepted bid was 750.00."""
    columns.setdefault("final_amount", Decimal("850.00"))
    status = columns.pop("status", JobStatus.IN_PROGRESS)
    job = JobFactory.create(buyer=buyer or BuyerFactory.create())
    bid = BidFactory.create(job=job, artist=artist or ArtistFactory.create(), status=BidStatus.ACCEPTED)
    columns = {"hired_at": timezone.now(), "hired_artist": bid.artist, "hired_bid": bid, "status": status, **columns}
    for name, value in columns.items():
        setattr(job, name, value)
    job.save()
    return job


def completed_job(*, buyer: User | None = None, artist: User | None = None, **columns: Any) -> Job:
    columns.setdefault("completed_at", timezone.now())
    return hired_job(buyer=buyer, artist=artist, status=JobStatus.COMPLETED, **columns)
