"""The platform's orders beside Etsy's."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Notification, User
from commerce.choices import OrderStatus, PaymentMethod
from commerce.services.checkout.fulfilment import order_cancel, order_progress
from commerce.services.orders.orders import order_address_change, order_confirm
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order, payment_of
from marketplace.choices import ArtworkType
from marketplace.tests.factories import ArtworkFactory, Model3DFactory
from printshop.models import ScheduledPrint, ShopOrder, ShopOrderItem
from printshop.services.orders.orders import shop_order_change
from printshop.services.orders.platform import platform_orders_sweep
from printshop.services.orders.shipping import order_ship
from printshop.tests.factories import ShopFactory
from printshop.tests.parts import part_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox(settings):
    settings.SANDBOX_ALLOWED = True


@pytest.fixture
def listing(alice):
    return ArtworkFactory(seller=alice, title="Vase", price="100.00", artwork_type=ArtworkType.PHYSICAL)


@pytest.fixture
def hers(alice, listing):
    """alice prints the vase."""
    shop = ShopFactory(owner=alice)
    part_of(shop, listing=listing)
    return shop


def statuses():
    return sorted(ScheduledPrint.objects.values_list("status", flat=True))


def test_a_paid_order_appears_and_is_printed(hers, bob, listing):
    order, payment = paid_order(bob, listing, quantity=2)

    mine = ShopOrder.objects.get()
    item = mine.items.get()
    assert (mine.shop, mine.source, mine.order, mine.etsy_order_id) == (hers, "platform", order, "")
    assert (mine.status, mine.is_paid, mine.total_amount, mine.currency) == ("paid", True, Decimal(200), "PKR")
    assert mine.fees == payment.platform_fee == Decimal(20)
    assert (mine.buyer_name, mine.address) == (bob.get_full_name(), "1 Example Street, Lahore")
    assert (item.title, item.quantity, item.price, item.listing_id) == ("Vase", 2, Decimal(100), listing.pk)
    assert statuses() == ["queued", "queued"]


def test_an_order_that_is_not_paid_or_not_printed_does_not_appear(hers, alice, bob, listing):
    order_of(bob, listing)
    paid_order(bob, ArtworkFactory(seller=alice))

    assert not ShopOrder.objects.exists()


def test_an_order_that_is_confirmed_is_printed_once_it_is_paid(hers, bob, listing):
    order = order_of(bob, listing)
    order_confirm(actor=bob, order_id=order.pk)
    assert (platform_orders_sweep(), ShopOrder.objects.count(), statuses()) == (0, 0, [])

    payment = payment_of(order)
    payment_process(actor=bob, payment_id=payment.pk)
    payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
    mine = ShopOrder.objects.get()
    assert (mine.status, mine.is_paid, mine.address, statuses()) == ("paid", True, order.shipping_address, ["queued"])


def test_an_order_that_is_confirmed_is_printed_once_it_is_to_be_paid_on_delivery(hers, bob, listing):
    order = order_of(bob, listing)
    order_confirm(actor=bob, order_id=order.pk)
    payment_process(actor=bob, payment_id=payment_of(order, PaymentMethod.CASH_ON_DELIVERY).pk)
    assert (ShopOrder.objects.get().address, statuses()) == (order.shipping_address, ["queued"])


def test_the_parcel_goes_where_the_buyer_said_last(hers, bob, listing):
    order, _payment = paid_order(bob, listing)
    order_address_change(actor=bob, order_id=order.pk, shipping_address="2 New Street")
    assert (ShopOrder.objects.get().address, statuses()) == ("2 New Street", ["queued"])


def test_the_address_goes_when_the_order_is_cancelled(hers, bob, listing):
    order, _payment = paid_order(bob, listing)
    order_cancel(actor=bob, order_id=order.pk)
    assert (ShopOrder.objects.get().status, ShopOrder.objects.get().address) == ("canceled", "")


def test_of_two_sellers_lines_each_shop_has_its_own(hers, bob, dora, listing):
    other = ArtworkFactory(seller=dora, price="30.00", artwork_type=ArtworkType.PHYSICAL)
    part_of(ShopFactory(owner=dora), listing=other)

    paid_order(bob, listing, other)

    assert sorted(ShopOrder.objects.values_list("shop__owner__username", "total_amount")) == [
        ("alice", Decimal(100)),
        ("dora", Decimal(30)),
    ]


def test_a_model_that_its_seller_prints_appears(alice, bob):
    model = Model3DFactory(seller=alice, price="9.00")
    part_of(ShopFactory(owner=alice), listing=model)

    paid_order(bob, model, channel="nexus")

    order = ShopOrder.objects.get()
    assert (order.status, order.is_shipped, statuses()) == ("paid", False, ["queued"])
    assert shop_order_change(actor=alice, order_id=order.pk, status="shipped").status == "shipped"


def test_cancelling_cancels_what_did_not_start(hers, bob, listing):
    order, _payment = paid_order(bob, listing)

    order_cancel(actor=bob, order_id=order.pk)

    assert ShopOrder.objects.get().status == "canceled"
    assert statuses() == ["cancelled"]


def test_a_refund_is_followed(hers, bob, admin, listing):
    _order, payment = paid_order(bob, listing)

    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(40), reason="scratched")
    mine = ShopOrder.objects.get()
    assert (mine.status, mine.refunded_amount, mine.fees) == ("partially refunded", Decimal(40), Decimal(6))
    assert statuses() == ["queued"]
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(60), reason="broken")

    assert ShopOrder.objects.get().status == "fully refunded"
    assert statuses() == ["cancelled"]


@pytest.fixture
def lid(alice, hers):
    lid = ArtworkFactory(seller=alice, title="Lid", price="30.00", artwork_type=ArtworkType.PHYSICAL)
    part_of(hers, listing=lid)
    return lid


def test_a_line_that_was_given_back_is_not_made_again(hers, alice, bob, admin, listing, lid):
    order, payment = paid_order(bob, listing, lid)
    line = order.lines.get(listing=lid)

    payment_refund(actor=admin, payment_id=payment.pk, item=line.pk, reason="sold out")
    assert statuses() == ["cancelled", "queued"]
    assert list(ShopOrderItem.objects.filter(is_called_off=True).values_list("line", flat=True)) == [line.pk]
    assert platform_orders_sweep() == 0
    mine = ShopOrder.objects.get()
    shop_order_change(actor=alice, order_id=mine.pk, production_status="in_progress")
    shop_order_change(actor=alice, order_id=mine.pk, production_status="pending")

    assert (statuses(), mine.status) == (["cancelled", "queued"], "partially refunded")


def test_the_sweep_looks_at_none_that_is_as_the_platform_has_it(hers, alice, bob, admin, listing, lid):
    order, payment = paid_order(bob, listing, lid)
    payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal(13), reason="scratched")
    order.lines.filter(listing=lid).update(shipped_at=timezone.now())
    assert platform_orders_sweep() == 0

    ShopOrder.objects.update(refunded_amount=0)
    assert (platform_orders_sweep(), platform_orders_sweep()) == (1, 0)
    assert ShopOrder.objects.get().refunded_amount == Decimal(13)
    order.lines.update(shipped_at=timezone.now())
    assert (platform_orders_sweep(), platform_orders_sweep()) == (1, 0)
    assert ShopOrder.objects.get().is_shipped


def test_shipping_here_ships_there_and_the_other_way_round(hers, alice, bob, listing):
    first, _payment = paid_order(bob, listing)
    shipment, is_new = order_ship(actor=alice, order_id=ShopOrder.objects.get().pk, carrier="tcs", tracking_code="1")
    assert (shipment.state, is_new) == ("told", True)
    first.refresh_from_db()
    mine = ShopOrder.objects.get(order=first)
    assert (first.status, mine.status, mine.is_shipped) == ("shipped", "shipped", True)

    second, _payment = paid_order(bob, listing)
    order_progress(actor=alice, order_id=second.pk, status=OrderStatus.DELIVERED)
    mine = ShopOrder.objects.get(order=second)
    assert (mine.status, mine.is_shipped) == ("completed", True)


def test_the_status_is_the_platforms(hers, alice, bob, listing):
    order, _payment = paid_order(bob, listing)
    mine = ShopOrder.objects.get()

    assert shop_order_change(actor=alice, order_id=mine.pk, status="shipped").status == "shipped"
    order.refresh_from_db()
    assert order.status == "shipped"
    with pytest.raises(Exception, match="cannot be made canceled here"):
        shop_order_change(actor=alice, order_id=mine.pk, status="canceled")


def test_the_sweep_repairs_what_was_missed(hers, bob, listing):
    order, payment = paid_order(bob, listing)
    ScheduledPrint.objects.all().delete()
    ShopOrder.objects.all().delete()

    assert platform_orders_sweep() == 1
    assert (ShopOrder.objects.get().status, statuses()) == ("paid", ["queued"])
    assert platform_orders_sweep() == 0

    order_cancel(actor=bob, order_id=order.pk)
    ShopOrder.objects.update(status="paid", source_status="paid", refunded_amount=0)
    platform_orders_sweep()
    assert ShopOrder.objects.get().status == "canceled"
    assert platform_orders_sweep() == 0


def test_a_part_that_comes_later_takes_up_orders_that_were_paid(alice, bob, listing):
    shop = ShopFactory(owner=alice)
    paid_order(bob, listing)
    assert platform_orders_sweep() == 0

    part_of(shop, listing=listing)

    assert platform_orders_sweep() == 1
    assert statuses() == ["queued"]


def notices(buyer):
    rows = Notification.objects.filter(user=buyer, notification_type="order_updated").order_by("pk")
    return list(rows.values_list("message", flat=True))


@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.parametrize("by_status", [False, True])
def test_shipping_here_ships_only_what_is_printed_here(hers, alice, bob, dora, listing, is_staff, by_status):
    if is_staff:
        User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
        alice.refresh_from_db()
    others = [ArtworkFactory(seller=seller, artwork_type=ArtworkType.PHYSICAL) for seller in (alice, dora)]
    order, _payment = paid_order(bob, listing, *others)
    mine = ShopOrder.objects.get()

    if by_status:
        shop_order_change(actor=alice, order_id=mine.pk, status="shipped")
    else:
        order_ship(actor=alice, order_id=mine.pk, carrier="TCS", tracking_code="77", note_to_buyer="Take care")

    assert list(order.lines.filter(shipped_at__isnull=False).values_list("listing", flat=True)) == [listing.pk]
    order.refresh_from_db()
    mine.refresh_from_db()
    assert (order.status, mine.status, mine.is_shipped) == ("confirmed", "shipped", True)


def test_the_buyer_is_told_of_each_parcel_once(hers, alice, bob, listing):
    order, _payment = paid_order(bob, listing)
    mine = ShopOrder.objects.get()
    before = len(notices(bob))

    for code in ("77", "77", "78"):
        order_ship(actor=alice, order_id=mine.pk, carrier="TCS", tracking_code=code, note_to_buyer="Take care")

    assert notices(bob)[before:] == [
        f"Your order #{order.pk} is now shipped",
        f"A parcel of your order #{order.pk} was sent by TCS, tracking code 77. Take care",
        f"A parcel of your order #{order.pk} was sent by TCS, tracking code 78. Take care",
    ]
    last = Notification.objects.filter(user=bob).latest("pk")
    assert last.data == {"order_id": order.pk, "status": "shipped", "carrier": "TCS", "tracking_code": "78"}


def test_of_a_part_without_a_code_the_buyer_is_told_too(hers, alice, bob, dora, listing):
    order, _payment = paid_order(bob, listing, ArtworkFactory(seller=dora, artwork_type=ArtworkType.PHYSICAL))

    order_ship(actor=alice, order_id=ShopOrder.objects.get().pk)

    assert notices(bob)[-1] == f"A parcel of your order #{order.pk} was sent."
