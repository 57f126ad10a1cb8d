"""A payment in Django's admin site: its amounts, what happened to it, and the ledger's entries about it."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.models import Refund
from commerce.services.escrow.disputes import dispute_open, dispute_withdraw
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from config.core.models import StaffNote
from jobs.services.hiring import job_complete
from jobs.tests.factories import hired_job
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    alice = ArtistFactory(username="alice")
    _order, payment = paid_order(BuyerFactory(username="bob"), ArtworkFactory(seller=alice, price=Decimal("99.99")))
    return payment


def address(payment) -> str:
    return f"/admin/commerce/payment/{payment.pk}/change/"


def test_it_shows_the_entries_of_each_movement(client, payment):
    groups_prepare()
    client.force_login(StaffFactory())
    payment_refund(
        actor=SuperuserFactory(username="boss"), payment_id=payment.pk, amount=Decimal("40.00"), reason="Late"
    )
    answer = client.get(address(payment))
    assert answer.status_code == 200
    shares, refunds, ledger = answer.context["panels"]
    alice = User.objects.get(username="alice")
    assert [row[1] for row in ledger.rows] == ["Payment", "", "", "Refund", "", ""]
    assert {row[2:] for row in ledger.rows[:3]} == {
        ("money at a payment gateway", "sandbox", "-99.99 PKR"),
        ("the platform's fees", "the platform", "10.00 PKR"),
        ("owed to a seller", alice, "89.99 PKR"),
    }
    assert {row[2:] for row in ledger.rows[3:]} == {
        ("money at a payment gateway", "sandbox", "40.00 PKR"),
        ("the platform's fees", "the platform", "-4.00 PKR"),
        ("owed to a seller", alice, "-36.00 PKR"),
    }
    assert shares.rows[0][2:] == ("99.99 PKR", "10.00 PKR", "89.99 PKR", "40.00 PKR", "0.00 PKR")
    assert refunds.rows[0][1:3] == ("all", "40.00 PKR")
    page = answer.content.decode()
    for words in ("99.99 PKR", "40.00 PKR", "alice", "bob", "boss", "Late", "Completed → Partially Refunded"):
        assert words in page, words


def test_what_was_not_paid_has_moved_nothing(client):
    client.force_login(SuperuserFactory())
    pending = payment_of(order_of(BuyerFactory(), ArtworkFactory()))
    assert "No money has moved yet." in client.get(address(pending)).content.decode()


def test_it_costs_the_same_however_much_happened(client, payment):
    boss = SuperuserFactory()
    client.force_login(boss)
    client.get(address(payment))

    def queries() -> int:
        with CaptureQueriesContext(connection) as ran:
            assert client.get(address(payment)).status_code == 200
        return len(ran)

    payment_refund(actor=boss, payment_id=payment.pk, amount=Decimal("1.00"))
    few = queries()
    for _ in range(5):
        payment_refund(actor=boss, payment_id=payment.pk, amount=Decimal("1.00"))
    assert queries() == few


def test_a_refund_by_its_button(client, payment):
    """The form names what is wrong; the right one refunds once, however often it is sent; the page tells it."""
    client.force_login(SuperuserFactory(username="boss"))
    button = f"/admin/commerce/payment/{payment.pk}/give-back/"
    page = client.get(button)
    assert "all that is left, 99.99 PKR" in page.content.decode()
    once = page.context["once"]
    wrong = client.post(button, {"amount": "40.001", "reason": "Late", "once": once})
    assert wrong.context["form"].errors["amount"]
    assert client.post(button, {"amount": "40", "reason": "", "once": once}).context["form"].errors["reason"]
    assert payment.refunds.count() == 0
    for _ in range(2):
        done = client.post(button, {"amount": "40", "reason": "Late", "once": once}, follow=True)
        assert done.redirect_chain[-1][0] == address(payment)
    assert [refund.amount for refund in payment.refunds.all()] == [Decimal("40.00")]
    told = done.content.decode()
    for words in ("Refund of 40.00 PKR", "Mail to bob", "payment.refund", "/give-back/"):
        assert words in told, words


def test_buttons_are_there_for_who_may_and_when_they_may(client, payment):
    groups_prepare()
    client.force_login(StaffFactory())
    page = client.get(address(payment)).content.decode()
    assert "/note/" in page
    assert "/give-back/" not in page
    assert client.post(f"/admin/commerce/payment/{payment.pk}/give-back/", {"reason": "x"}).status_code == 403
    client.force_login(SuperuserFactory())
    page = client.get(address(payment)).content.decode()
    assert "/give-back/" in page
    assert "/money-arrived/" not in page
    client.post(f"/admin/commerce/payment/{payment.pk}/money-arrived/", {})
    payment.refresh_from_db()
    assert (payment.status, payment.refunds.count()) == ("completed", 0)


def buttons(client, payment) -> set[str]:
    page = client.get(address(payment)).content.decode()
    return set(re.findall(rf"/payment/{payment.pk}/([a-z-]+)/", page)) - {"change", "history", "note"}


def test_no_button_is_there_that_would_be_refused(client):
    """Money of work is released as the work stands, and what is disputed is decided on the dispute's page."""
    client.force_login(SuperuserFactory())
    bob = BuyerFactory(username="bob")
    held = paid_job(hired_job(buyer=bob, artist=ArtistFactory(username="alice")))
    assert buttons(client, held) == {"give-back", "let-go-early"}
    dispute = dispute_open(actor=bob, payment_id=held.pk, reason="Nothing came.")
    assert buttons(client, held) == set()
    dispute_withdraw(actor=bob, dispute_id=dispute.pk)
    job_complete(actor=bob, job_id=held.job_id)
    assert buttons(client, held) == {"give-back", "let-go"}


def test_nor_one_for_what_is_on_its_way_back(client, payment):
    client.force_login(SuperuserFactory())
    Refund.objects.create(payment=payment, amount=payment.amount)
    assert buttons(client, payment) == set()
    order = client.get(f"/admin/commerce/order/{payment.order_id}/change/").content.decode()
    assert "/give-back/" not in order


def test_a_note_is_for_staff(client, payment):
    groups_prepare()
    client.force_login(StaffFactory(username="sam"))
    note = f"/admin/commerce/payment/{payment.pk}/note/"
    assert client.post(note, {"text": " "}).context["form"].errors["text"]
    for _ in range(2):  # pressed twice
        client.post(note, {"text": "The buyer called. <b>", "once": "0c5d8f4e-1b1e-4e55-9d3e-7b0b6f5f0c11"})
    page = client.get(f"/admin/commerce/payment/{payment.pk}/history/").content.decode()
    assert "The buyer called. &lt;b&gt;" in page
    client.force_login(ModeratorFactory())
    assert client.post(note, {"text": "x"}).status_code in (403, 404)
    assert StaffNote.objects.count() == 1


@pytest.mark.parametrize("odd", ["0", "999999999999999999999", "x", "1_0"])
def test_a_payment_that_is_not_there(client, odd):
    client.force_login(SuperuserFactory())
    assert client.get(f"/admin/commerce/payment/{odd}/change/").status_code == 302


def test_content_moderators_see_no_payment(client, payment):
    groups_prepare()
    client.force_login(ModeratorFactory())
    assert client.get(address(payment)).status_code == 403
