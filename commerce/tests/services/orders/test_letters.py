"""What staff write to the buyer of an order, and who may not."""

import pytest

from accounts.models import Delivery
from commerce.services.checkout.fulfilment import order_move_on
from commerce.services.orders.letters import order_write
from commerce.tests.steps import order_of, paid_order
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry, StaffNote
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db


def test_who_may_not_and_what_says_nothing(alice, bob, moderator, staff):
    order = order_of(bob, ArtworkFactory(seller=alice))
    for person in (alice, bob, moderator):
        with pytest.raises(Denied):
            order_write(actor=person, order_id=order.pk, subject="x", text="x")
    for sent, field in (({"subject": "\0"}, "subject"), ({"text": " "}, "text"), ({"subject": "x" * 121}, "subject")):
        with pytest.raises(Invalid) as refusal:
            order_write(actor=staff, order_id=order.pk, **({"subject": "x", "text": "x"} | sent))
        assert refusal.value.field == field
    with pytest.raises(Missing):
        order_write(actor=staff, order_id=0, subject="x", text="x")
    assert (Delivery.objects.count(), AuditEntry.objects.count(), StaffNote.objects.count()) == (0, 0, 0)


def test_who_moves_no_order_on(alice, bob, moderator, staff):
    order, _payment = paid_order(bob, EquipmentFactory())
    for person in (alice, bob, moderator):
        with pytest.raises(Denied):
            order_move_on(actor=person, order_id=order.pk, status="shipped")
    with pytest.raises(Invalid) as refusal:
        order_move_on(actor=staff, order_id=order.pk, status="shipped", seller_id=alice.pk)
    assert refusal.value.field == "seller"
    order.refresh_from_db()
    assert (order.status, order.lines.get().shipped_at, AuditEntry.objects.count()) == ("confirmed", None, 0)
