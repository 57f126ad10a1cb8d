"""What was shipped is not taken back: once a line is on its way its order keeps its address, and is not cancelled."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from commerce.choices import OrderStatus, PaymentMethod
from commerce.errors import FileNotThere, LineShipped, WrongOrderStatus
from commerce.models import OrderLine
from commerce.services.checkout.downloads import line_download
from commerce.services.checkout.fulfilment import order_cancel, order_close, order_progress, orders_expire
from commerce.services.orders.orders import order_address_change
from commerce.services.payments.at_gateway import payment_process
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import at_once, balances, order_of, paid_order, payment_of
from config.core.errors import Denied, DomainError, Invalid
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

SHIPPED, DELIVERED = OrderStatus.SHIPPED, OrderStatus.DELIVERED


@pytest.fixture
def pieces(alice, dora):
    return [
        ArtworkFactory(seller=alice, artwork_type="physical", price="60.00", title="Blue vase"),
        ArtworkFactory(seller=dora, artwork_type="physical", price="40.00", title="Red vase"),
    ]


@pytest.fixture
def order(bob, pieces):
    """Of two sellers, paid."""
    return paid_order(bob, *pieces)[0]


def refused(action, words: str) -> LineShipped:
    before = list(OrderLine.objects.order_by("pk").values()), balances()
    with pytest.raises(LineShipped) as refusal:
        action()
    assert words in refusal.value.message
    assert (list(OrderLine.objects.order_by("pk").values()), balances()) == before
    return refusal.value


@pytest.mark.django_db
class TestOneHasShipped:
    def test_the_buyer_neither_cancels_nor_moves(self, order, alice, bob):
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        line = order.lines.get(seller=alice)
        words = f'"Blue vase" was shipped on {timezone.now():%d %B %Y}.'
        assert refused(partial(order_cancel, actor=bob, order_id=order.pk), words).data == {"item": line.pk}
        move = partial(order_address_change, actor=bob, order_id=order.pk, shipping_address="2 Road")
        assert refused(move, words).data == {"item": line.pk}
        order.refresh_from_db()
        assert (order.status, order.shipping_address) == ("confirmed", "1 Example Street, Lahore")

    def test_also_when_all_have(self, order, staff, bob):
        order_progress(actor=staff, order_id=order.pk, status=SHIPPED)
        refused(partial(order_cancel, actor=bob, order_id=order.pk), "Blue vase")
        refused(partial(order_address_change, actor=bob, order_id=order.pk, shipping_address="2 Road"), "Blue vase")

    def test_staff_cancel_until_something_is_delivered(self, order, alice, staff):
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        order_progress(actor=alice, order_id=order.pk, status=DELIVERED)
        refused(partial(order_close, actor=staff, order_id=order.pk), '"Blue vase" was delivered')

    def test_staff_cancel_what_is_on_its_way(self, order, alice, staff):
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        assert order_close(actor=staff, order_id=order.pk).status == OrderStatus.CANCELLED

    def test_staff_refund_what_did_not_come_and_who_has_shipped_keeps_the_earning(self, order, alice, dora, admin):
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        payment, unsent = order.payments.get(), order.lines.get(seller=dora)
        payment_refund(actor=admin, payment_id=payment.pk, item=unsent.pk)
        assert balances()[("seller", alice.pk)] == Decimal("54.00")
        assert ("seller", dora.pk) not in balances()
        order_progress(actor=alice, order_id=order.pk, status=DELIVERED)

    def test_the_others_still_send_theirs(self, order, alice, dora):
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        assert order_progress(actor=dora, order_id=order.pk, status=SHIPPED).status == SHIPPED

    def test_cash_that_is_on_its_way_is_not_paid_otherwise(self, bob, alice, pieces, time_machine):
        order = order_of(bob, *pieces)
        cash = payment_of(order, PaymentMethod.CASH_ON_DELIVERY)
        payment_process(actor=bob, payment_id=cash.pk)
        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        with pytest.raises(Invalid) as refusal:
            payment_of(order, PaymentMethod.BANK_TRANSFER)
        assert refusal.value.field == "order"
        time_machine.move_to(timezone.now() + timedelta(days=3), tick=False)
        assert orders_expire() == 0
        refused(partial(order_cancel, actor=bob, order_id=order.pk), "Blue vase")

    def test_nothing_shipped_is_cancelled_as_before(self, order, bob):
        order_address_change(actor=bob, order_id=order.pk, shipping_address="2 Road")
        assert order_cancel(actor=bob, order_id=order.pk).status == OrderStatus.CANCELLED
        with pytest.raises(WrongOrderStatus):
            order_cancel(actor=bob, order_id=order.pk)


@pytest.mark.django_db
class TestFiles:
    """A file is with its buyer as soon as they have downloaded it. It has no address."""

    @pytest.fixture
    def order(self, bob, artwork):
        return paid_order(bob, EquipmentFactory(price="40.00"), artwork)[0]

    def test_what_was_downloaded_is_not_taken_back(self, order, bob, staff):
        line = order.lines.get(is_digital=True)
        line_download(actor=bob, line=line)
        refusal = refused(partial(order_cancel, actor=bob, order_id=order.pk), '"Sunset" was downloaded.')
        assert refusal.data == {"item": line.pk}
        order_address_change(actor=bob, order_id=order.pk, shipping_address="2 Road")
        assert order_close(actor=staff, order_id=order.pk).status == OrderStatus.CANCELLED

    def test_what_was_cancelled_is_not_downloaded(self, order, bob):
        order_cancel(actor=bob, order_id=order.pk)
        line = order.lines.get(is_digital=True)
        with pytest.raises(Denied):
            line_download(actor=bob, line=line)
        line.refresh_from_db()
        assert line.download_count == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_shipping_and_cancelling_one_wins(self, bob, alice, dora):
        for _ in range(5):
            listings = [ArtworkFactory(seller=seller, artwork_type="physical") for seller in (alice, dora)]
            order = paid_order(bob, *listings)[0]
            results = at_once(
                partial(order_progress, actor=alice, order_id=order.pk, status=SHIPPED),
                partial(order_cancel, actor=bob, order_id=order.pk),
                partial(order_address_change, actor=bob, order_id=order.pk, shipping_address="2 Road"),
            )
            shipped, cancelled, moved = (not isinstance(result, Exception) for result in results)
            assert all(isinstance(each, DomainError) for each in results if isinstance(each, Exception)), results
            assert shipped != cancelled
            order.refresh_from_db()
            assert (order.status == OrderStatus.CANCELLED) == cancelled
            assert order.lines.filter(shipped_at__isnull=False).exists() == shipped
            assert (order.shipping_address == "2 Road") == moved

    def test_of_downloading_and_cancelling_one_wins(self, bob, artwork):
        for _ in range(5):
            order = paid_order(bob, EquipmentFactory(price="40.00"), artwork)[0]
            line = order.lines.get(is_digital=True)
            results = at_once(
                partial(line_download, actor=bob, line=line), partial(order_cancel, actor=bob, order_id=order.pk)
            )
            [refusal] = [each for each in results if isinstance(each, Exception)]
            assert isinstance(refusal, Denied | LineShipped | FileNotThere), refusal


@pytest.mark.django_db
class TestShown:
    """Every side sees which lines were shipped, and when."""

    def test_in_cultureup(self, client, bob, alice, dora, staff, order):
        from accounts.authentication import access_token

        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        at = order.lines.get(seller=alice).shipped_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        for person, expected in ((bob, [at, None]), (alice, [at]), (dora, [None]), (staff, [at, None])):
            headers = {"Authorization": f"Bearer {access_token(person)}"}
            items = client.get(f"/api/orders/{order.pk}/", headers=headers).json()["artwork_items"]
            assert [item["shipped_at"] for item in items] == expected
        headers = {"Authorization": f"Bearer {access_token(bob)}", "Content-Type": "application/json"}
        for answer in (
            client.post(f"/api/orders/{order.pk}/cancel/", headers=headers),
            client.patch(
                f"/api/orders/{order.pk}/", {"shipping_address": "2 Road"}, "application/json", headers=headers
            ),
        ):
            assert answer.status_code == 400
            assert answer.json() == {
                "error": answer.json()["error"],
                "code": "line_shipped",
                "item": order.lines.get(seller=alice).pk,
            }
            assert "Blue vase" in answer.json()["error"]

    def test_in_v1(self, client, bob, alice, order):
        from accounts.authentication import access_token

        order_progress(actor=alice, order_id=order.pk, status=SHIPPED)
        at = order.lines.get(seller=alice).shipped_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        mine = {"Authorization": f"Bearer {access_token(bob)}"}
        theirs = {"Authorization": f"Bearer {access_token(alice)}"}
        bought = client.get("/api/v1/commerce/sales/purchases", headers=mine).json()
        assert {row["design_name"]: row["shipped_at"] for row in bought} == {"Blue vase": at, "Red vase": None}
        [sold] = client.get("/api/v1/commerce/sales", headers=theirs).json()
        assert sold["shipped_at"] == at
