"""A payment in Django's admin site: its amounts, what happened to it, and the ledger's entries about it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.levels import groups_prepare
from accounts.tests.factories import ArtistFactory, BuyerFactory, ModeratorFactory, StaffFactory, SuperuserFactory
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order, payment_of
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
    moved = answer.context["moved"]
    assert [movement["kind"] for movement in moved] == ["Payment", "Refund"]
    by_account = [{each["account"]: each["amount"] for each in movement["entries"]} for movement in moved]
    assert by_account[0] == {
        "money at a payment gateway": "-99.99 PKR",
        "the platform's fees": "10.00 PKR",
        "owed to a seller": "89.99 PKR",
    }
    for movement in by_account:
        assert sum(Decimal(amount.split()[0]) for amount in movement.values()) == 0
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


@pytest.mark.parametrize("odd", ["0", "999999999999999999999", "x", "1_0"])
def test_a_payment_that_is_not_there(client, odd):
    client.force_login(SuperuserFactory())
    assert client.get(f"/admin/commerce/payment/{odd}/change/").status_code == 302


def test_content_moderators_see_no_payment(client, payment):
    groups_prepare()
    client.force_login(ModeratorFactory())
    assert client.get(address(payment)).status_code == 403
