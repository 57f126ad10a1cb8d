"""Jobs, contracts and bounties in Django's admin site: their money, what happened, and calling them off."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, ModeratorFactory, StaffFactory
from commerce.models import Refund
from commerce.services.bounties.bounties import bounty_award
from commerce.services.escrow.disputes import dispute_open
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import paid_job
from config.core.models import AuditEntry
from jobs.admin.contracts import as_signed
from jobs.models import Job
from jobs.services.contracts import contract_sign
from jobs.tests.factories import BidFactory, BountyFactory, ContractFactory, applied, hired_job

pytestmark = pytest.mark.django_db


def address(row, button: str = "change") -> str:
    return f"/admin/jobs/{row._meta.model_name}/{row.pk}/{button}/"


def panels(client, row) -> dict:
    answer = client.get(address(row))
    assert answer.status_code == 200
    return {panel.title: panel.rows for panel in answer.context["panels"]}


def press(client, row, button: str, **sent) -> str:
    once = client.get(address(row, button)).context["once"]
    for _ in range(2):  # pressed twice
        done = client.post(address(row, button), sent | {"once": once}, follow=True)
    row.refresh_from_db()
    return done.content.decode()


def queries(client, row) -> int:
    with CaptureQueriesContext(connection) as ran:
        assert client.get(address(row)).status_code == 200
    return len(ran)


@pytest.fixture
def boss(client):
    person = AdminFactory(username="boss")
    groups_prepare()
    client.force_login(person)
    return person


@pytest.fixture
def job(alice, bob):
    """Under way and paid, with a contract that both signed."""
    found = hired_job(buyer=bob, artist=alice)
    contract = ContractFactory(job=found)
    for person in (bob, alice):
        contract_sign(actor=person, contract_id=contract.pk)
    paid_job(found)
    return found


@pytest.fixture
def bounty(alice, bob, charlie):
    return applied(BountyFactory(creator=bob), alice, charlie)


def test_what_belongs_to_a_job(client, boss, job, bob):
    payment = job.payments.get()
    payment_refund(actor=boss, payment_id=payment.pk, amount=Decimal("50.00"), reason="Late")
    dispute_open(actor=bob, job_id=job.pk, reason="It is <not> blue.")
    found = panels(client, job)
    assert list(found) == [
        "Bids",
        "Contracts",
        "Review",
        "Payments",
        "Refunds",
        "Disputes",
        "Ledger",
        "Reports of abuse",
    ]
    assert found["Bids"][0][2:5] == ("750.00 PKR", 5, "Accepted")
    assert found["Contracts"][0][1:4] == ("Active", "Exclusive", "850.00 PKR")
    assert found["Payments"][0][2:5] == ("850.00 PKR", "50.00 PKR", "800.00 PKR")
    assert found["Refunds"][0][2:4] == ("50.00 PKR", "Succeeded")
    assert found["Disputes"][0][1:4] == ("bob", "It is <not> blue.", "Open")
    page = client.get(address(job)).content.decode()
    for words in (f"Payment {payment}: Pending → Completed", "Refund of 50.00 PKR", "It is &lt;not&gt; blue."):
        assert words in page, words


def test_calling_a_job_off(client, boss, job, alice, bob):
    assert client.post(address(job, "call-off"), {}).context["form"].errors["reason"]
    page = press(client, job, "call-off", reason="Against the rules.")
    assert (job.status, Refund.objects.get().amount) == ("cancelled", 850)
    assert "Against the rules." in page and address(job, "call-off") not in page
    assert AuditEntry.objects.get(action="job.close").after["reason"] == "Against the rules."
    for person in (alice, bob):
        told = Notification.objects.get(user=person, title="Job cancelled")
        assert told.message.endswith("was called off. Against the rules.")


def test_a_contract(client, boss, job):
    contract = job.contracts.get()
    found = panels(client, contract)
    assert list(found) == ["Signatures", "Other contracts for this job", "Payments"]
    assert [row[0] for row in found["Signatures"]] == ["Buyer", "Artist"]
    assert found["Payments"][0][2] == "850.00 PKR"
    page = client.get(address(contract)).content.decode()
    assert "It reads as it was signed" in page and "signed by both" in page
    contract.terms = "Something else."  # the database keeps them as they are
    assert "no longer reads as it was signed" in as_signed(contract)


def test_what_belongs_to_a_bounty(client, boss, bounty, bob, alice):
    bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    found = panels(client, bounty)
    assert list(found) == ["Applications", "Payments", "Refunds", "Disputes", "Ledger", "Reports of abuse"]
    assert "charlie" in found["Applications"][0][0]
    assert found["Payments"][0][2:5] == ("400.00 USD", "0.00 USD", "400.00 USD")
    page = client.get(address(bounty)).content.decode()
    assert "alice was chosen" in page and "Pending → Completed" in page
    assert address(bounty, "call-off") in page and address(bounty, "take-away") not in page
    for there in ("bid/?job__id__exact=1", "bountyapplication/?bounty__id__exact=1"):  # as panels lead to
        assert client.get(f"/admin/jobs/{there}").status_code == 200


def test_closing_and_removing_a_bounty(client, boss, bounty, bob, alice):
    bounty_award(actor=bob, bounty_id=bounty.pk, winner_id=alice.pk)
    assert client.post(address(bounty, "call-off"), {"reason": "x" * 201}).context["form"].errors["reason"]
    page = press(client, bounty, "call-off", reason="Nobody answers.")
    assert (bounty.status, Refund.objects.get().amount) == ("closed", 400)
    assert address(bounty, "call-off") not in page
    press(client, bounty, "take-away", reason="Spam.")
    assert bounty.removed_at is not None
    entries = AuditEntry.objects.filter(action__startswith="bounty.").order_by("pk")
    assert [(entry.action, entry.after["reason"]) for entry in entries] == [
        ("bounty.close", "Nobody answers."),
        ("bounty.remove", "Spam."),
    ]
    told = Notification.objects.filter(user=bob, title__in=["Bounty closed", "Bounty removed"]).order_by("pk")
    assert [one.message.rpartition('" ')[2] for one in told] == ["was closed: Nobody answers.", "was removed: Spam."]


def test_who_applied_and_its_creator_hear_of_an_open_bounty_that_is_closed(client, boss, bounty, alice, bob, charlie):
    press(client, bounty, "call-off", reason="Spam.")
    told = Notification.objects.filter(title="Bounty closed", message__endswith="was closed: Spam.")
    assert {one.user for one in told} == {alice, bob, charlie}


def test_who_decides_what(client, job, bounty):
    groups_prepare()
    client.force_login(StaffFactory())
    assert address(job, "call-off") in client.get(address(job)).content.decode()
    assert address(bounty, "call-off") not in client.get(address(bounty)).content.decode()
    for button in ("call-off", "take-away"):
        assert client.post(address(bounty, button), {"reason": "x"}).status_code == 403
    client.force_login(ModeratorFactory())
    for row in (job, bounty):
        assert client.get(address(row)).status_code == 403
        assert client.post(address(row, "call-off"), {"reason": "x"}).status_code == 403
    assert (Job.objects.get(pk=job.pk).status, AuditEntry.objects.count()) == ("in_progress", 0)


def test_pages_cost_the_same_however_much_is_on_them(client, boss, job, bounty, bob):
    bare = hired_job(buyer=bob)
    paid_job(bare)
    queries(client, bare)
    for _ in range(3):
        BidFactory(job=job, status="rejected")
        payment_refund(actor=boss, payment_id=job.payments.get().pk, amount=Decimal("1.00"))
    assert queries(client, bare) == queries(client, job)
    assert queries(client, bounty) == queries(client, applied(BountyFactory(creator=bob), boss))
    contract = job.contracts.get()
    before = queries(client, contract)
    ContractFactory.create_batch(2, job=job, status="terminated")
    assert queries(client, contract) == before
