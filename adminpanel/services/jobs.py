"""What staff do with jobs."""

from typing import Any

from django.db import transaction

from accounts.actors import Actor
from adminpanel import policies
from config.core.audit import audit_record
from config.core.errors import Denied
from jobs.models import Job
from jobs.services.hiring import job_cancel
from jobs.services.states import job_lock


def job_close(*, actor: Actor, job_id: int, reason: str = "") -> Job:
    """Call off a job that is open or in progress; what is held for it goes back to its buyer.

    Raises Denied, Missing and WrongJobStatus.
    """
    if not policies.may_close_jobs(actor):
        raise Denied
    with transaction.atomic():
        before = _state(job_lock(job_id))
        job = job_cancel(actor=actor, job_id=job_id, reason=reason)
        after = _state(job) | {"reason": reason}
        audit_record(actor=actor, action="job.close", target=job, before=before, after=after)
    return job


def _state(job: Job) -> dict[str, Any]:
    payments = job.payments.order_by("pk").values_list("transaction_id", "status")
    return {"status": job.status, "payments": dict(payments)}
