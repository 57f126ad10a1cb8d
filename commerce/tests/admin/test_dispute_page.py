"""A dispute and a refund in Django's admin site: both sides, the work, what is held, and who decides."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, ModeratorFactory, StaffFactory
from commerce.choices import PaymentMethod
from commerce.models import Refund
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.escrow.disputes import dispute_open, dispute_withdraw
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, payment_of
from community.services.attachments import attachment_store
from community.services.messages import message_send
from config.core.models import AuditEntry
from jobs.tests.factories import hired_job
from marketplace.tests.factories import EquipmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute(alice, bob):
    payment = paid_job(hired_job(buyer=bob, artist=alice))
    return dispute_open(actor=bob, payment_id=payment.pk, reason="It is <late>.")


@pytest.fixture
def boss(client):
    groups_prepare()
    person = AdminFactory(username="boss")
    client.force_login(person)
    return person


def address(row, button: str = "change") -> str:
    return f"/admin/commerce/{row._meta.model_name}/{row.pk}/{button}/"


def panels(client, row) -> dict:
    answer = client.get(address(row))
    assert answer.status_code == 200
    return {panel.title: panel.rows for panel in answer.context["panels"]}


def test_what_belongs_to_it(client, boss, dispute, alice, bob, charlie):
    job = dispute.payment.job
    message_send(actor=alice, receiver_id=bob.pk, job_id=job.pk, content="The <first> draft.")
    message_send(actor=bob, receiver_id=alice.pk, content="About something else.")
    found = panels(client, dispute)
    assert list(found) == [*("The two sides", "The work", "Payments", "Refunds", "Ledger", "Messages about the work")]
    buyer, artist = found["The two sides"]
    assert (buyer[0], buyer[2], artist[0], artist[2]) == ("Buyer", "It is <late>.", "Artist", "")
    work = dict(found["The work"])
    assert (work["State"], work["Agreed"]) == ("In Progress", "850.00 PKR")
    assert [row[1:3] for row in found["Messages about the work"]] == [("alice", "The <first> draft.")]
    page = client.get(address(dispute)).content.decode()
    for words in ("It is &lt;late&gt;.", "The &lt;first&gt; draft.", "850.00 PKR", f"Payment {dispute.payment}:"):
        assert words in page, words
    assert "About something else." not in page


def test_messages_are_for_who_decides_as_long_as_it_is_open(client, boss, dispute, alice, bob):
    message_send(actor=alice, receiver_id=bob.pk, job_id=dispute.payment.job_id, content="Draft")
    client.force_login(StaffFactory())
    assert "Messages about the work" not in panels(client, dispute)
    client.force_login(boss)
    assert "Messages about the work" in panels(client, dispute)
    dispute_withdraw(actor=bob, dispute_id=dispute.pk)
    assert "Messages about the work" not in panels(client, dispute)


def test_files_of_messages_are_given_by_links(client, boss, dispute, alice, bob):
    from django.core.files.base import ContentFile

    stored = attachment_store(owner=alice, file=ContentFile(b"plain words", name="notes.txt"))
    message = message_send(actor=alice, receiver_id=bob.pk, job_id=dispute.payment.job_id, content="See")
    message.attachment, message.attachment_name = stored.reserved.name, stored.name
    message.save()
    [row] = panels(client, dispute)["Messages about the work"]
    assert 'href="/files/' in row[3] and ">notes.txt</a>" in row[3]


def test_a_split_by_its_button(client, boss, dispute, alice):
    button = address(dispute, "split")
    page = client.get(button)
    assert "Both add up to what is held, 850.00 PKR." in page.content.decode()
    right = {"artist_amount": "500", "buyer_amount": "350.00", "answer": "Half done.", "once": page.context["once"]}
    for sent, field in (
        ({"buyer_amount": "350.01"}, "buyer_amount"),
        ({"artist_amount": ""}, "artist_amount"),
        ({"artist_amount": "500.001"}, "artist_amount"),
        ({"answer": " "}, "answer"),
    ):
        wrong = client.post(button, right | sent)
        assert wrong.context["form"].errors[field], field
    assert Refund.objects.count() == 0
    for _ in range(2):
        done = client.post(button, right, follow=True)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.artist_amount, dispute.buyer_amount) == ("decided", 500, 350)
    assert (Refund.objects.get().amount, AuditEntry.objects.get().action) == (350, "dispute.decide")
    told = done.content.decode()
    for words in ("500.00 PKR to the artist and 350.00 PKR back to the buyer", "Half done.", "dispute.decide"):
        assert words in told, words
    assert address(dispute, "split") not in told


@pytest.mark.parametrize(("button", "amounts"), [("release", (850, 0)), ("refund", (0, 850))])
def test_all_of_it(client, boss, dispute, button, amounts):
    client.post(address(dispute, button), {"answer": "We looked at it."})
    dispute.refresh_from_db()
    assert (dispute.state, dispute.artist_amount, dispute.buyer_amount) == ("decided", *amounts)


def test_who_decides_nothing(client, dispute):
    groups_prepare()
    client.force_login(StaffFactory())
    page = client.get(address(dispute)).content.decode()
    for button in ("release", "refund", "split"):
        assert address(dispute, button) not in page
        assert client.post(address(dispute, button), {"answer": "x"}).status_code == 403
    client.force_login(ModeratorFactory())
    assert client.get(address(dispute)).status_code == 403
    dispute.refresh_from_db()
    assert (dispute.state, AuditEntry.objects.count()) == ("open", 0)


def test_a_refund_that_is_handed_over(client, boss, bob):
    payment = payment_of(order_of(bob, EquipmentFactory(price=Decimal("40.00"))), PaymentMethod.BANK_TRANSFER)
    payment_complete_by_hand(actor=boss, payment_id=payment.pk)
    order_cancel(actor=bob, order_id=payment.order_id, reason="Too late")
    refund = Refund.objects.get()
    found = panels(client, refund)
    assert (list(found), found["Taken of"]) == (["Taken of", "Payment", "Ledger"], [])
    client.force_login(StaffFactory())
    assert client.post(address(refund, "hand-over"), {}).status_code == 403
    client.force_login(boss)
    for _ in range(2):
        done = client.post(address(refund, "hand-over"), {"once": "o"}, follow=True).content.decode()
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert panels(client, refund)["Taken of"][0][2:] == ("40.00 PKR", "0.00 PKR")
    assert address(refund, "hand-over") not in done


def test_pages_cost_the_same_however_much_happened(client, boss, dispute, alice, bob):
    def queries(row) -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address(row)).status_code == 200
        return len(ran)

    def more(count: int) -> None:
        for _ in range(count):
            message_send(actor=alice, receiver_id=bob.pk, job_id=dispute.payment.job_id, content="Draft")

    more(1)
    queries(dispute)
    few = queries(dispute)
    more(4)
    assert queries(dispute) == few
    other = paid_job(hired_job(buyer=bob, artist=alice))
    first, second = (payment_refund(actor=boss, payment_id=other.pk, amount=Decimal(n)) for n in (1, 2))
    assert queries(first) == queries(second)
