"""A contract's state machine, used by contracts themselves and by the ends of jobs."""

from accounts.actors import Actor, person
from jobs.choices import CONTRACT_CHANGES, ContractStatus
from jobs.errors import WrongContractStatus
from jobs.models import Contract, ContractChange, Job


def contract_status_change(contract: Contract, status: ContractStatus, *, actor: Actor, reason: str = "") -> None:
    """The one place that assigns a contract's status. Its job must be locked."""
    if status not in CONTRACT_CHANGES[contract.status]:
        raise WrongContractStatus(f"A contract that is {contract.status} cannot become {status}.")
    ContractChange.objects.create(
        contract=contract, before=contract.status, after=status, actor=person(actor), reason=reason[:200]
    )
    contract.status = status
    contract.save(update_fields=["status", "updated_at"])


def contracts_end(job: Job, status: ContractStatus, *, actor: Actor, reason: str = "") -> None:
    """The job is over, and so is its contract: completed or terminated with it."""
    ended = [ContractStatus.COMPLETED, ContractStatus.TERMINATED]
    for contract in job.contracts.select_for_update().exclude(status__in=ended).order_by("pk"):
        contract_status_change(contract, status, actor=actor, reason=reason)
