"""Cash on delivery: the order stands without money, and its sellers know that they can send it."""

import pytest

from accounts.models import Notification
from commerce.choices import OrderStatus, PaymentMethod
from commerce.services.checkout.fulfilment import order_progress
from commerce.services.orders.orders import order_confirm
from commerce.services.payments.at_gateway import payment_process
from commerce.tests.steps import order_of, payment_of
from config.core.errors import Invalid
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
CASH = PaymentMethod.CASH_ON_DELIVERY


@pytest.fixture
def canvas(alice):
    return ArtworkFactory(seller=alice, artwork_type="physical", title="Canvas")


def told(seller) -> list[tuple[str, str, str]]:
    rows = Notification.objects.filter(user=seller).order_by("pk")
    return list(rows.values_list("notification_type", "title", "message"))


NEW_ORDER = ("order_updated", "New Order", "bob ordered 'Canvas' and pays in cash on delivery")


def test_processing_confirms_the_order_and_tells_its_sellers_once(bob, alice, canvas):
    order = order_of(bob, canvas, ArtworkFactory(artwork_type="physical", title="Vase"))
    dora = order.lines.get(title="Vase").seller
    payment = payment_of(order, CASH)
    assert told(alice) == []

    for _ in range(2):
        payment_process(actor=bob, payment_id=payment.pk)

    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert told(alice) == [NEW_ORDER]
    assert told(dora) == [("order_updated", "New Order", "bob ordered 'Vase' and pays in cash on delivery")]
    data = Notification.objects.filter(user=alice).get().data
    assert data == {"order_id": order.pk, "payment_id": payment.pk}
    order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)


def test_the_buyers_own_confirmation_tells_them_too(bob, alice, canvas):
    order = order_of(bob, canvas)
    payment_of(order, CASH)
    order_confirm(actor=bob, order_id=order.pk)
    assert told(alice) == [NEW_ORDER]


def test_so_does_cash_for_an_order_that_is_confirmed_already(bob, alice, canvas):
    order = order_of(bob, canvas)
    order_confirm(actor=bob, order_id=order.pk)
    assert told(alice) == []
    payment_process(actor=bob, payment_id=payment_of(order, CASH).pk)
    assert told(alice) == [NEW_ORDER]


def test_files_alone_are_not_paid_on_delivery(bob, alice, canvas):
    picture = ArtworkFactory(seller=alice)
    order = order_of(bob, picture)
    with pytest.raises(Invalid) as refusal:
        payment_of(order, CASH)
    assert (refusal.value.field, order.payments.count()) == ("payment_method", 0)
    assert payment_of(order_of(bob, picture, canvas), CASH).status == "pending"
