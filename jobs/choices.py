"""Words of jobs, bids and contracts, and their tables of status changes."""

from datetime import timedelta
from typing import Final

from django.db import models


class JobLevel(models.TextChoices):
    """The experience a job asks for."""

    ENTRY = "entry"
    INTERMEDIATE = "intermediate"
    EXPERT = "expert"


class JobStatus(models.TextChoices):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# Which status may follow which. `jobs.services.states.job_status_change` is the one that consults it.
JOB_CHANGES: Final[dict[str, frozenset[str]]] = {
    JobStatus.OPEN: frozenset({JobStatus.IN_PROGRESS, JobStatus.CANCELLED}),
    JobStatus.IN_PROGRESS: frozenset({JobStatus.COMPLETED, JobStatus.CANCELLED}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}
ACTIVE_JOBS: Final = (JobStatus.OPEN, JobStatus.IN_PROGRESS)
# A deadline approaches when it is less than this ahead.
DEADLINE_NEAR: Final = timedelta(hours=48)


class BidStatus(models.TextChoices):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


# Which status may follow which. `jobs.services.bid_states` is the one that consults it.
BID_CHANGES: Final[dict[str, frozenset[str]]] = {
    BidStatus.PENDING: frozenset({BidStatus.ACCEPTED, BidStatus.REJECTED}),
    BidStatus.ACCEPTED: frozenset(),
    BidStatus.REJECTED: frozenset(),
}


class ContractStatus(models.TextChoices):
    DRAFT = "draft"
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    TERMINATED = "terminated"


# Which status may follow which. `jobs.services.contracts` is the one that consults it.
CONTRACT_CHANGES: Final[dict[str, frozenset[str]]] = {
    ContractStatus.DRAFT: frozenset({ContractStatus.PENDING, ContractStatus.COMPLETED, ContractStatus.TERMINATED}),
    ContractStatus.PENDING: frozenset({ContractStatus.ACTIVE, ContractStatus.COMPLETED, ContractStatus.TERMINATED}),
    ContractStatus.ACTIVE: frozenset({ContractStatus.COMPLETED, ContractStatus.TERMINATED}),
    ContractStatus.COMPLETED: frozenset(),
    ContractStatus.TERMINATED: frozenset(),
}
UNSIGNED_CONTRACTS: Final = (ContractStatus.DRAFT, ContractStatus.PENDING)


class BountyStatus(models.TextChoices):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CLOSED = "closed"


# Which status may follow which. `jobs.services.states.bounty_status_change` is the one that consults it.
BOUNTY_CHANGES: Final[dict[str, frozenset[str]]] = {
    BountyStatus.OPEN: frozenset({BountyStatus.IN_PROGRESS, BountyStatus.CLOSED}),
    BountyStatus.IN_PROGRESS: frozenset({BountyStatus.COMPLETED, BountyStatus.CLOSED}),
    BountyStatus.COMPLETED: frozenset(),
    BountyStatus.CLOSED: frozenset(),
}
# Delivered work that its creator does not answer to counts as accepted after so long; and who promised work without a
# deadline has so long for it.
BOUNTY_SILENCE: Final = timedelta(days=14)
SENT_BACK: Final = "sent back"


class RightsType(models.TextChoices):
    """What the buyer may do with the work."""

    DISPLAY_ONLY = "display_only"
    REPRODUCTION = "reproduction"
    COMMERCIAL = "commercial"
    EXCLUSIVE = "exclusive"
