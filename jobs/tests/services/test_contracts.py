"""Contracts: made, changed, signed and withdrawn by the right people at the right moment."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import ArtistFactory
from config.core.errors import Denied, Invalid, Missing
from jobs.choices import ContractStatus, JobStatus
from jobs.errors import AlreadySigned, ContractExists, ContractSigned, TermsDiffer, WrongContractStatus, WrongJobStatus
from jobs.models import Contract, ContractChange
from jobs.services.contracts import contract_change, contract_create, contract_delete, contract_sign, terms_digest
from jobs.services.states import contracts_end, job_lock
from jobs.tests.at_once import at_once
from jobs.tests.factories import ContractFactory, JobFactory, completed_job, hired_job

pytestmark = pytest.mark.django_db
DEADLINE = datetime(2099, 10, 20, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def job(alice, bob):
    return hired_job(buyer=bob, artist=alice, title="Logo")


@pytest.fixture
def contract(job):
    return ContractFactory.create(job=job, deadline=DEADLINE)


def offer(on, /, **values):
    return {
        "job": on.pk,
        "artist": on.hired_artist_id,
        "terms": "A unique logo.",
        "rights_type": "exclusive",
        "amount": Decimal("850.00"),
        "deadline": DEADLINE,
        **values,
    }


def told(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("notification_type", "title"))


def columns(contract):
    return Contract.objects.filter(pk=contract.pk).values().get()


class TestCreate:
    def test_the_buyer_offers_one_to_the_hired_artist(self, alice, bob, job):
        contract = contract_create(actor=bob, **offer(job, terms="  A unique logo.  "))

        stored = Contract.objects.get()
        assert stored == contract
        assert (stored.job, stored.artist, stored.buyer) == (job, alice, bob)
        assert (stored.terms, stored.rights_type) == ("A unique logo.", "exclusive")
        assert (stored.amount, stored.currency, stored.deadline) == (Decimal("850.00"), job.currency, DEADLINE)
        assert (stored.status, stored.terms_digest) == (ContractStatus.PENDING, "")
        assert (stored.artist_signed_at, stored.buyer_signed_at) == (None, None)
        assert list(stored.history.values_list("before", "after", "actor")) == [("", "pending", bob.pk)]
        assert told(alice) == [("contract_created", "New contract")]
        assert told(bob) == []
        assert Notification.objects.get().data == {"contract_id": contract.pk, "job_id": job.pk}

    def test_a_draft_is_told_to_nobody(self, alice, bob, job):
        contract = contract_create(actor=bob, **offer(job, status="draft"))

        assert contract.status == ContractStatus.DRAFT
        assert told(alice) == []

    def test_no_other_status_can_be_asked_for(self, bob, job):
        assert contract_create(actor=bob, **offer(job, status="active")).status == ContractStatus.PENDING

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"amount": Decimal("849.99")}, "amount"),
            ({"deadline": datetime(2020, 1, 1, tzinfo=UTC)}, "deadline"),
            ({"terms": " \n "}, "terms"),
            ({"terms": "x" * 20_001}, "terms"),
            ({"rights_type": "all"}, "rights_type"),
            ({"job": 2**62}, "job"),
            ({"artist": 2**62}, "artist"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_nothing_is_made(self, alice, bob, job, values, field):
        with pytest.raises(Invalid) as refusal:
            contract_create(actor=bob, **offer(job, **values))

        assert refusal.value.field == field
        assert not Contract.objects.exists()
        assert told(alice) == []

    def test_another_artist_than_the_hired_one_is_refused(self, bob, job):
        with pytest.raises(Invalid, match="not the artist hired"):
            contract_create(actor=bob, **offer(job, artist=ArtistFactory.create().pk))

    def test_nobody_but_the_buyer_makes_one(self, alice, charlie, staff, job):
        for actor in (alice, charlie, staff):
            with pytest.raises(Denied):
                contract_create(actor=actor, **offer(job))
        assert not Contract.objects.exists()

    def test_only_for_a_job_in_progress(self, bob, alice):
        jobs = [JobFactory.create(buyer=bob), completed_job(buyer=bob, artist=alice)]
        jobs.append(hired_job(buyer=bob, artist=alice, status=JobStatus.CANCELLED))
        for job in jobs:
            with pytest.raises(WrongJobStatus):
                contract_create(actor=bob, **offer(job, artist=alice.pk))
        assert not Contract.objects.exists()

    def test_one_live_contract_a_job(self, bob, job):
        first = contract_create(actor=bob, **offer(job, status="draft"))
        with pytest.raises(ContractExists):
            contract_create(actor=bob, **offer(job))
        Contract.objects.filter(pk=first.pk).update(status=ContractStatus.TERMINATED)
        assert contract_create(actor=bob, **offer(job)).pk != first.pk


class TestChange:
    def test_the_buyer_writes_other_terms_and_the_artist_is_told(self, alice, bob, contract):
        later = DEADLINE + timedelta(days=1)

        contract_change(
            actor=bob,
            contract_id=contract.pk,
            changes={"terms": "Two logos.", "rights_type": "commercial", "amount": Decimal("850"), "deadline": later},
        )

        contract.refresh_from_db()
        assert (contract.terms, contract.rights_type, contract.deadline) == ("Two logos.", "commercial", later)
        assert contract.amount == Decimal("850.00")
        assert told(alice) == [("contract_created", "Contract changed")]

    def test_nothing_new_is_no_news(self, alice, bob, contract):
        contract_change(actor=bob, contract_id=contract.pk, changes={"terms": contract.terms, "status": "pending"})

        assert told(alice) == []
        assert not contract.history.exists()

    def test_a_draft_is_offered_once(self, alice, bob, job):
        draft = ContractFactory.create(job=job, status=ContractStatus.DRAFT)
        contract_change(actor=bob, contract_id=draft.pk, changes={"terms": "Two logos."})
        assert told(alice) == []

        for _ in range(2):
            contract_change(actor=bob, contract_id=draft.pk, changes={"status": "pending"})

        assert list(draft.history.values_list("before", "after")) == [("draft", "pending")]
        assert told(alice) == [("contract_created", "New contract")]

    @pytest.mark.parametrize("word", ["draft", "active", "completed", "terminated", None])
    def test_no_other_status_can_be_asked_for(self, bob, contract, word):
        contract_change(actor=bob, contract_id=contract.pk, changes={"status": word})

        assert columns(contract)["status"] == "pending"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"job": 2**62}, "job"),
            ({"artist": 2**62}, "artist"),
            ({"amount": Decimal("900.00")}, "amount"),
            ({"deadline": datetime(2020, 1, 1, tzinfo=UTC)}, "deadline"),
            ({"terms": ""}, "terms"),
            ({"rights_type": "all"}, "rights_type"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_nothing_is_changed(self, alice, bob, contract, changes, field):
        before = columns(contract)
        with pytest.raises(Invalid) as refusal:
            contract_change(actor=bob, contract_id=contract.pk, changes=changes)

        assert refusal.value.field == field
        assert columns(contract) == before
        assert told(alice) == []

    def test_neither_artist_nor_staff_change_it_and_strangers_do_not_see_it(self, alice, charlie, staff, contract):
        before = columns(contract)
        for actor, refusal in ((alice, Denied), (staff, Denied), (charlie, Missing)):
            with pytest.raises(refusal):
                contract_change(actor=actor, contract_id=contract.pk, changes={"terms": "Everything for nothing."})
        assert columns(contract) == before

    def test_not_after_the_first_signature(self, alice, bob, contract):
        contract_sign(actor=alice, contract_id=contract.pk)
        before = columns(contract)
        with pytest.raises(ContractSigned):
            contract_change(actor=bob, contract_id=contract.pk, changes={"terms": "Everything for nothing."})
        assert columns(contract) == before

    def test_not_after_the_job_has_ended(self, bob, contract):
        Contract.objects.filter(pk=contract.pk).update(status=ContractStatus.TERMINATED)
        with pytest.raises(WrongContractStatus):
            contract_change(actor=bob, contract_id=contract.pk, changes={"terms": "Other terms."})


class TestSign:
    def test_the_first_signature_freezes_the_terms_and_tells_the_other_side(self, alice, bob, contract):
        before = timezone.now()
        contract_sign(actor=alice, contract_id=contract.pk)

        contract.refresh_from_db()
        assert before <= contract.artist_signed_at <= timezone.now()
        assert (contract.buyer_signed_at, contract.status) == (None, ContractStatus.PENDING)
        assert contract.terms_digest == terms_digest(contract)
        assert (told(alice), told(bob)) == ([], [("contract_signed", "Contract signed")])

    def test_the_second_makes_it_active_and_tells_both(self, alice, bob, contract):
        contract_sign(actor=bob, contract_id=contract.pk)
        first = columns(contract)
        contract_sign(actor=alice, contract_id=contract.pk)

        contract.refresh_from_db()
        assert contract.is_fully_signed
        assert contract.status == ContractStatus.ACTIVE
        assert contract.terms_digest == first["terms_digest"]
        assert contract.buyer_signed_at == first["buyer_signed_at"]
        assert list(contract.history.values_list("before", "after", "actor")) == [("pending", "active", alice.pk)]
        assert told(alice) == [("contract_signed", "Contract signed"), ("contract_signed", "Contract active")]
        assert told(bob) == [("contract_signed", "Contract active")]

    def test_the_digest_is_the_documented_one(self, alice, bob, job):
        contract = ContractFactory.create(
            job=job, terms='Ein "Logo" für Lahore ✓', amount=Decimal("850"), deadline=DEADLINE
        )
        line = (
            f'{{"amount":"850.00","artist":{alice.pk},"buyer":{bob.pk},"currency":"PKR",'
            f'"deadline":"2099-10-20T23:59:59.000000Z","job":{job.pk},"rights_type":"exclusive",'
            f'"terms":{json.dumps(contract.terms, ensure_ascii=False)}}}'
        )
        assert terms_digest(contract) == hashlib.sha256(line.encode()).hexdigest()
        contract.refresh_from_db()  # amount with three places now
        assert terms_digest(contract) == hashlib.sha256(line.encode()).hexdigest()

    def test_the_digest_says_when_anything_that_is_signed_differs(self, contract):
        others = {
            "job_id": 1,
            "artist_id": 1,
            "buyer_id": 1,
            "terms": "Others.",
            "rights_type": "commercial",
            "amount": Decimal("850.01"),
            "currency": "USD",
            "deadline": DEADLINE + timedelta(microseconds=1),
        }
        digests = {terms_digest(contract)}
        for name, value in others.items():
            changed = Contract.objects.get(pk=contract.pk)
            setattr(changed, name, value)
            digests.add(terms_digest(changed))
        assert len(digests) == 1 + len(others)

    @pytest.mark.parametrize("both", [False, True])
    def test_nobody_signs_twice(self, alice, bob, contract, both):
        contract_sign(actor=alice, contract_id=contract.pk)
        if both:
            contract_sign(actor=bob, contract_id=contract.pk)
        before = columns(contract)
        with pytest.raises(AlreadySigned):
            contract_sign(actor=alice, contract_id=contract.pk)
        assert columns(contract) == before

    def test_nobody_else_signs(self, charlie, staff, contract):
        before = columns(contract)
        for actor, refusal in ((staff, Denied), (charlie, Missing)):
            with pytest.raises(refusal):
                contract_sign(actor=actor, contract_id=contract.pk)
        assert columns(contract) == before

    def test_a_draft_is_signed_by_nobody(self, alice, bob, job):
        draft = ContractFactory.create(job=job, status=ContractStatus.DRAFT)
        with pytest.raises(WrongContractStatus):
            contract_sign(actor=bob, contract_id=draft.pk)
        with pytest.raises(Missing):  # the artist does not even see it
            contract_sign(actor=alice, contract_id=draft.pk)

    def test_not_after_the_job_was_called_off(self, alice, bob, job, contract):
        contracts_end(job_lock(job.pk), ContractStatus.TERMINATED, actor=bob)
        with pytest.raises(WrongContractStatus):
            contract_sign(actor=alice, contract_id=contract.pk)

    def test_other_terms_than_those_signed_first_are_not_made_active(self, alice, bob, contract):
        Contract.objects.filter(pk=contract.pk).update(terms_digest="0" * 64, artist_signed_at=timezone.now())
        with pytest.raises(TermsDiffer):
            contract_sign(actor=bob, contract_id=contract.pk)
        assert (columns(contract)["status"], columns(contract)["buyer_signed_at"]) == ("pending", None)

    @pytest.mark.django_db(transaction=True)
    def test_two_signatures_at_once_both_count(self, alice, bob, contract):
        at_once([partial(contract_sign, actor=actor, contract_id=contract.pk) for actor in (alice, bob)])

        contract.refresh_from_db()
        assert contract.is_fully_signed
        assert contract.status == ContractStatus.ACTIVE
        assert ContractChange.objects.filter(contract=contract, after="active").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_double_click_signs_once(self, alice, contract):
        outcomes = at_once([lambda: contract_sign(actor=alice, contract_id=contract.pk)] * 2)

        assert {type(outcome) for outcome in outcomes} == {AlreadySigned, Contract}
        assert columns(contract)["status"] == "pending"

    @pytest.mark.django_db(transaction=True)
    def test_terms_cannot_change_under_a_signature(self, alice, bob, contract):
        """Whichever comes first: what is stored is what the digest says."""
        at_once(
            [
                lambda: contract_change(actor=bob, contract_id=contract.pk, changes={"terms": "Other terms."}),
                lambda: contract_sign(actor=alice, contract_id=contract.pk),
            ]
        )

        contract.refresh_from_db()
        assert contract.terms_digest == terms_digest(contract)


class TestDelete:
    @pytest.mark.parametrize("side", ["buyer", "artist"])
    def test_either_side_withdraws_what_nobody_signed_and_the_other_is_told(self, contract, side):
        actor, other = (contract.buyer, contract.artist)[:: 1 if side == "buyer" else -1]

        contract_delete(actor=actor, contract_id=contract.pk)

        assert not Contract.objects.exists()
        assert (told(actor), told(other)) == ([], [("contract_created", "Contract withdrawn")])

    def test_a_draft_goes_without_a_word(self, alice, bob, job):
        draft = ContractFactory.create(job=job, status=ContractStatus.DRAFT)
        with pytest.raises(Missing):
            contract_delete(actor=alice, contract_id=draft.pk)

        contract_delete(actor=bob, contract_id=draft.pk)

        assert not Contract.objects.exists()
        assert told(alice) == []

    def test_not_once_somebody_signed(self, alice, bob, contract):
        contract_sign(actor=alice, contract_id=contract.pk)
        for actor in (alice, bob):
            with pytest.raises(ContractSigned):
                contract_delete(actor=actor, contract_id=contract.pk)
        assert Contract.objects.exists()

    def test_one_that_ended_with_its_job_is_kept(self, bob, contract):
        Contract.objects.filter(pk=contract.pk).update(status=ContractStatus.TERMINATED)
        with pytest.raises(WrongContractStatus):
            contract_delete(actor=bob, contract_id=contract.pk)
        assert Contract.objects.exists()

    def test_nobody_else_deletes_it(self, charlie, staff, contract):
        for actor, refusal in ((staff, Denied), (charlie, Missing)):
            with pytest.raises(refusal):
                contract_delete(actor=actor, contract_id=contract.pk)
        assert Contract.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_contracts_at_once_make_one(bob, job):
    outcomes = at_once([lambda: contract_create(actor=bob, **offer(job))] * 2)

    assert {type(outcome) for outcome in outcomes} == {Contract, ContractExists}
    assert Contract.objects.count() == 1
