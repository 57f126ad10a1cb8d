"""Contracts between the buyer and the hired artist of a job: made, changed, signed, withdrawn."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypedDict

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from config.core.errors import Denied, Invalid, Missing
from config.core.money import shown
from jobs import policies, selectors
from jobs.choices import UNSIGNED_CONTRACTS, ContractStatus, JobStatus, RightsType
from jobs.errors import AlreadySigned, ContractExists, ContractSigned, TermsDiffer, WrongContractStatus, WrongJobStatus
from jobs.models import Contract, ContractChange, Job
from jobs.services import notices
from jobs.services.states import contract_status_change, job_lock

MOST_TERMS: Final = 20_000
"""Characters."""


class ContractChanges(TypedDict, total=False):
    """What may be sent to change a contract. `job` and `artist` are ids and cannot become others."""

    job: int
    artist: int
    terms: str
    rights_type: str
    amount: Decimal
    deadline: datetime
    status: str | None


@transaction.atomic
def contract_create(
    *,
    actor: User,
    job: int,
    artist: int,
    terms: str,
    rights_type: str,
    amount: Decimal,
    deadline: datetime,
    status: str | None = None,
) -> Contract:
    """A contract for a job in progress, by its buyer, with its hired artist. `job` and `artist` are ids.

    `status` draft keeps it to the buyer for now; anything else offers it to the artist, who is told. Raises Denied,
    WrongJobStatus, ContractExists, or Invalid with the field.
    """
    locked = _job_locked(job)
    if not policies.is_buyer(actor, locked):
        raise Denied("Only the buyer of a job makes its contract.")
    if locked.status != JobStatus.IN_PROGRESS or locked.hired_artist is None:
        raise WrongJobStatus("A contract is made for a job in progress.")
    if artist != locked.hired_artist_id:
        raise Invalid("This is not the artist hired for the job.", field="artist")
    contract = Contract(
        job=locked,
        artist=locked.hired_artist,
        buyer=locked.buyer,
        currency=locked.currency,
        amount=_agreed_amount(amount, locked),
        terms=_terms(terms),
        rights_type=_rights(rights_type),
        deadline=_ahead(deadline),
        status=ContractStatus.DRAFT if status == ContractStatus.DRAFT else ContractStatus.PENDING,
    )
    if locked.contracts.exclude(status=ContractStatus.TERMINATED).exists():
        raise ContractExists
    contract.save()
    ContractChange.objects.create(contract=contract, before="", after=contract.status, actor=actor)
    if contract.status == ContractStatus.PENDING:
        notices.contract_offered(contract)
    return contract


@transaction.atomic
def contract_change(*, actor: User, contract_id: int, changes: ContractChanges) -> Contract:
    """Other terms, by the buyer, until somebody has signed. `status` pending offers a draft to the artist.

    The artist is told. Raises Missing, Denied, ContractSigned, WrongContractStatus, or Invalid with the field.
    """
    contract = _locked(actor, contract_id)
    if not policies.may_change_contract(actor, contract):
        raise Denied("Only the buyer changes a contract.")
    _check_unsigned(contract)
    for name, own in (("job", contract.job_id), ("artist", contract.artist_id)):
        if changes.get(name, own) != own:
            raise Invalid(f"The {name} of a contract cannot be changed.", field=name)
    before = canonical(contract)
    if "terms" in changes:
        contract.terms = _terms(changes["terms"])
    if "rights_type" in changes:
        contract.rights_type = _rights(changes["rights_type"])
    if "amount" in changes:
        contract.amount = _agreed_amount(changes["amount"], contract.job)
    if "deadline" in changes:
        contract.deadline = _ahead(changes["deadline"])
    contract.save(update_fields=["terms", "rights_type", "amount", "deadline", "updated_at"])
    if contract.status == ContractStatus.DRAFT and changes.get("status") == ContractStatus.PENDING:
        contract_status_change(contract, ContractStatus.PENDING, actor=actor, reason="offered")
        notices.contract_offered(contract)
    elif contract.status == ContractStatus.PENDING and canonical(contract) != before:
        notices.contract_changed(contract)
    return contract


@transaction.atomic
def contract_sign(*, actor: User, contract_id: int) -> Contract:
    """The signature of the actor's side. The first one freezes the terms, the second makes the contract active.

    Raises Missing, Denied, AlreadySigned, WrongContractStatus, or TermsDiffer.
    """
    contract = _locked(actor, contract_id)
    side = policies.contract_side(actor, contract)
    if side is None:
        raise Denied("Only its artist and its buyer sign a contract.")
    if getattr(contract, f"{side}_signed_at") is not None:
        raise AlreadySigned
    if contract.status != ContractStatus.PENDING:
        raise WrongContractStatus(f"A contract that is {contract.status} cannot be signed.")
    digest = terms_digest(contract)
    if contract.terms_digest and contract.terms_digest != digest:
        raise TermsDiffer
    contract.terms_digest = digest
    setattr(contract, f"{side}_signed_at", timezone.now())
    contract.save(update_fields=["terms_digest", f"{side}_signed_at", "updated_at"])
    if contract.is_fully_signed:
        contract_status_change(contract, ContractStatus.ACTIVE, actor=actor, reason="signed by both")
    notices.contract_signed(contract, by=actor)
    return contract


@transaction.atomic
def contract_delete(*, actor: User, contract_id: int) -> None:
    """Withdraw a contract that nobody has signed: the buyer, or the artist to whom it was offered. The other is told.

    Raises Missing, Denied, ContractSigned, or WrongContractStatus.
    """
    contract = _locked(actor, contract_id)
    if policies.contract_side(actor, contract) is None:
        raise Denied("Only its artist and its buyer delete a contract.")
    _check_unsigned(contract)
    if contract.status == ContractStatus.PENDING:
        notices.contract_withdrawn(contract, by=actor)
    contract.delete()


def canonical(contract: Contract) -> bytes:
    """What is signed: one line of JSON in UTF-8, its names in alphabetical order, no space between its signs.

    `job`, `artist` and `buyer` are ids, `amount` text with the currency's places, `deadline` UTC with microseconds
    ("2025-10-20T23:59:59.000000Z"), `currency`, `rights_type` and `terms` text as it is stored.
    """
    signed = {
        "job": contract.job_id,
        "artist": contract.artist_id,
        "buyer": contract.buyer_id,
        "terms": contract.terms,
        "rights_type": str(contract.rights_type),
        "amount": shown(contract.amount, contract.currency),
        "currency": contract.currency,
        "deadline": contract.deadline.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def terms_digest(contract: Contract) -> str:
    """SHA-256 over the canonical form, in hexadecimal: anybody who has the contract can compute it again."""
    return hashlib.sha256(canonical(contract)).hexdigest()


# ---------------------------------------------------------------- locks and checks
def _job_locked(job_id: int) -> Job:
    try:
        return job_lock(job_id)
    except Missing:
        raise Invalid("There is no such job.", field="job") from None


def _locked(actor: User, contract_id: int) -> Contract:
    """The job first, then its contract: a job that ends at this moment ends its contract before or after us."""
    job = job_lock(selectors.contract_visible(actor=actor, contract_id=contract_id).job_id)
    rows = policies.contracts_visible_to(actor).select_for_update(of=("self",)).select_related("artist", "buyer")
    contract = rows.filter(pk=contract_id).first()
    if contract is None:
        raise Missing("Contract")
    contract.job = job
    return contract


def _check_unsigned(contract: Contract) -> None:
    if contract.terms_digest:
        raise ContractSigned
    if contract.status not in UNSIGNED_CONTRACTS:
        raise WrongContractStatus(f"The contract is {contract.status} already.")


def _agreed_amount(amount: Decimal, job: Job) -> Decimal:
    assert job.final_amount is not None, "a job in progress has its amount"  # noqa: S101 (a database constraint)
    if amount != job.final_amount:
        agreed = f"{shown(job.final_amount, job.currency)} {job.currency}"
        raise Invalid(f"The amount of the contract is the {agreed} that was agreed on when hiring.", field="amount")
    return job.final_amount


def _terms(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("A contract needs terms.", field="terms")
    if len(text) > MOST_TERMS:
        raise Invalid(f"The terms may have up to {MOST_TERMS} characters.", field="terms")
    return text


def _rights(word: str) -> str:
    if word not in RightsType.values:
        raise Invalid(f'"{word}" is not a valid choice.', field="rights_type")
    return word


def _ahead(deadline: datetime) -> datetime:
    if deadline <= timezone.now():
        raise Invalid("The deadline has to lie in the future.", field="deadline")
    return deadline
