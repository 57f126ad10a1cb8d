"""The shop's keeper and its buyers at the same moment, each with a connection of their own."""

from decimal import Decimal

import pytest

from accounts.tests.factories import BuyerFactory, StaffFactory
from commerce.models import Order
from commerce.tests.steps import at_once, order_of
from marketplace.choices import Status
from marketplace.errors import NotOnSale
from marketplace.models import Equipment
from marketplace.services.equipment import equipment_delete, equipment_stock_set, equipment_update
from marketplace.tests.factories import EquipmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice():
    return StaffFactory(username="alice")


@pytest.mark.parametrize("number", range(3))
def test_what_is_ordered_while_it_is_deleted_is_either_archived_or_not_sold(alice, number):
    brush, bob = EquipmentFactory(), BuyerFactory(username="bob")
    order, deleted = at_once(lambda: order_of(bob, brush), lambda: equipment_delete(actor=alice, equipment_id=brush.pk))
    assert deleted is None
    if isinstance(order, Order):
        brush.refresh_from_db()
        assert (brush.status, brush.stock) == (Status.ARCHIVED, 9)
    else:
        assert isinstance(order, NotOnSale)
        assert not Equipment.objects.exists() and not Order.objects.exists()


@pytest.mark.parametrize("number", range(3))
def test_a_new_price_takes_no_sold_piece_back(alice, number):
    brush, bob = EquipmentFactory(stock=10), BuyerFactory(username="bob")
    results = at_once(
        lambda: order_of(bob, brush, quantity=2),
        lambda: equipment_update(actor=alice, equipment_id=brush.pk, changes={"price": Decimal("12.00")}),
        lambda: order_of(bob, brush, quantity=3),
    )
    assert [type(result) for result in results] == [Order, Equipment, Order]
    brush.refresh_from_db()
    assert (brush.stock, brush.price) == (5, Decimal("12.000"))


@pytest.mark.parametrize("number", range(3))
def test_a_stock_that_is_counted_anew_counts_from_then_on(alice, number):
    """It is 75, less what was sold after the count."""
    brush, bob = EquipmentFactory(stock=10), BuyerFactory(username="bob")
    at_once(
        lambda: equipment_stock_set(actor=alice, equipment_id=brush.pk, stock=75),
        lambda: order_of(bob, brush, quantity=2),
    )
    brush.refresh_from_db()
    assert brush.stock in {73, 75}
