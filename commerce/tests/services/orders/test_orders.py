from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.services.deletions import deletion_request, deletion_take_back
from accounts.tests.factories import ArtistFactory
from commerce.choices import OrderStatus, OrderType
from commerce.errors import GatewayUnavailable, WrongOrderStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import Order, OrderChange, OrderLine, Payment, SandboxIntent
from commerce.services.checkout.fulfilment import order_cancel, order_progress, orders_expire
from commerce.services.orders.orders import (
    Item,
    order_address_change,
    order_confirm,
    order_delete,
    order_place,
    order_replace,
)
from commerce.tests.shop import campaign_of, given
from commerce.tests.steps import order_of, paid_order, payment_of
from config.core.errors import Denied, Invalid, Missing
from config.core.models import AuditEntry
from marketplace.choices import Kind, Status
from marketplace.errors import NotOnSale, OutOfStock
from marketplace.models import Listing
from marketplace.services.artworks import artwork_update
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase 1"


class TestPlacing:
    def test_an_order_keeps_price_title_and_seller_of_the_moment(self, bob, alice, artwork):
        order = order_of(bob, artwork, quantity=2)
        artwork.title, artwork.price = "Renamed", Decimal("1.00")
        artwork.save(update_fields=["title", "price"])
        line = order.lines.get()
        assert (line.title, line.seller_name, line.unit_price, line.total_price) == (
            "Sunset",
            "alice",
            Decimal("299.990"),
            Decimal("599.980"),
        )
        assert (order.status, order.total_amount, order.currency) == ("pending", Decimal("599.98"), "PKR")
        assert list(OrderChange.objects.values_list("before", "after", "actor")) == [("", "pending", bob.pk)]

    def test_works_of_several_artists_and_equipment_in_one_order(self, bob, artwork):
        other = ArtworkFactory(price="10.00")
        brush = EquipmentFactory(price="45.99", stock=3)
        order = order_of(bob, artwork, other, brush, order_type=OrderType.EQUIPMENT)
        assert order.total_amount == Decimal("355.98")
        assert order.lines.values("seller").distinct().count() == 3
        brush.refresh_from_db()
        assert brush.stock == 2

    def test_the_same_listing_twice_is_one_line(self, bob, artwork):
        item = Item(artwork.pk, 1, Kind.ARTWORK)
        order = order_place(
            actor=bob, channel="cultureup", order_type=OrderType.ARTWORK, shipping_address="x", items=[item, item]
        )
        assert [line.quantity for line in order.lines.all()] == [2]

    def test_out_of_stock_refuses_the_whole_order_and_takes_nothing(self, bob, artwork):
        plenty, scarce = EquipmentFactory(stock=5), EquipmentFactory(stock=1, title="Easel")
        with pytest.raises(OutOfStock) as refusal:
            order_of(bob, artwork, plenty, scarce, quantity=2)
        assert refusal.value.field == "equipment_items"
        assert "Easel" in refusal.value.message
        plenty.refresh_from_db()
        assert plenty.stock == 5
        assert not Order.objects.exists()

    def test_an_order_never_comes_to_more_than_an_amount_can_be(self, bob, alice):
        dear = ArtworkFactory(seller=alice, price="9999999.99")
        assert order_of(bob, dear, quantity=10_000).total_amount == Decimal("99999999900.00")
        dear.price = Decimal("10000000.00")
        dear.save(update_fields=["price"])
        with pytest.raises(Invalid, match="at most 99999999999") as refusal:
            order_of(bob, dear, quantity=10_000)
        assert refusal.value.field == "artwork_items"
        assert Order.objects.count() == 1

    def test_nor_does_what_a_campaign_takes_off(self, bob, alice):
        dear = ArtworkFactory(seller=alice, price="10000000.00")
        campaign = campaign_of(alice, dear, percent="99")
        with pytest.raises(Invalid, match="at most 99999999999"):
            order_of(bob, dear, quantity=10_000)
        assert not Order.objects.exists()
        assert given(campaign) == (0, 0, 0)

    def test_a_limited_edition_sells_out(self, bob, alice):
        print_run = ArtworkFactory(seller=alice, edition_size=2, stock=2, artwork_type="physical")
        order_of(bob, print_run, quantity=2)
        with pytest.raises(OutOfStock):
            order_of(bob, print_run)

    def test_what_was_ordered_before_an_edition_was_limited_comes_back_to_it(self, bob, alice):
        print_run = ArtworkFactory(seller=alice, edition_size=None, artwork_type="physical")
        order = order_of(bob, print_run)
        assert artwork_update(actor=alice, artwork_id=print_run.pk, changes={"edition_size": 2}).stock == 1
        order_cancel(actor=bob, order_id=order.pk)
        print_run.refresh_from_db()
        assert (print_run.stock, print_run.sold_count) == (2, 0)

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": Status.PENDING},
            {"status": Status.REJECTED},
            {"status": Status.ARCHIVED},
            {"is_available": False},
        ],
    )
    def test_what_is_not_on_sale_cannot_be_ordered(self, bob, changes):
        hidden = ArtworkFactory(**changes)
        with pytest.raises(NotOnSale) as refusal:
            order_of(bob, hidden)
        assert refusal.value.field == "artwork_items"
        assert not Order.objects.exists()

    def test_a_hidden_work_is_refused_like_one_that_does_not_exist(self, bob):
        hidden = ArtworkFactory(status=Status.PENDING, title="Secret plans")
        with pytest.raises(NotOnSale) as refusal:
            order_of(bob, hidden)
        assert "Secret plans" not in refusal.value.message

    def test_equipment_is_no_artwork(self, bob):
        brush = EquipmentFactory()
        with pytest.raises(NotOnSale):
            order_place(
                actor=bob,
                channel="cultureup",
                order_type=OrderType.ARTWORK,
                shipping_address="x",
                items=[Item(brush.pk, 1, Kind.ARTWORK)],
            )

    def test_ones_own_work_and_that_of_a_deactivated_seller_are_refused(self, alice, bob, artwork):
        with pytest.raises(NotOnSale):
            order_of(alice, artwork)
        alice.is_active = False
        alice.save()
        with pytest.raises(NotOnSale):
            order_of(bob, artwork)

    def test_the_work_of_a_seller_who_is_leaving_is_refused_as_it_is_hidden(self, alice, bob, artwork):
        alice.set_password(PASSWORD)
        alice.save()
        deletion_request(actor=alice, password=PASSWORD, address="203.0.113.7")
        with pytest.raises(NotOnSale, match='"Sunset" is not available'):
            order_of(bob, artwork)
        alice.refresh_from_db()
        deletion_take_back(alice)
        assert order_of(bob, artwork).status == OrderStatus.PENDING

    def test_two_currencies_are_refused(self, bob, artwork):
        dollars = ArtworkFactory(currency="USD")
        with pytest.raises(Invalid, match="one currency, not PKR and USD"):
            order_of(bob, artwork, dollars)

    def test_an_empty_order_and_an_artwork_order_without_artworks_are_refused(self, bob):
        with pytest.raises(Invalid):
            order_of(bob)
        with pytest.raises(Invalid) as refusal:
            order_of(bob, EquipmentFactory(), order_type=OrderType.ARTWORK)
        assert refusal.value.field == "artwork_items"

    def test_too_many_lines_and_pieces_are_refused(self, bob, artwork):
        with pytest.raises(Invalid, match="at most 100"):
            order_place(
                actor=bob,
                channel="cultureup",
                order_type=OrderType.ARTWORK,
                shipping_address="x",
                items=[Item(number, 1, Kind.ARTWORK) for number in range(1, 102)],
            )
        with pytest.raises(Invalid, match="between 1 and 10000"):
            order_of(bob, artwork, quantity=10_001)

    def test_what_is_free_is_bought_by_ordering_it(self, bob, alice):
        order = order_of(bob, ArtworkFactory(seller=alice, price=0))
        assert order.status == OrderStatus.DELIVERED


class TestSoldPieces:
    """Of each listing, whether its number is limited or not, in orders that stand."""

    def test_they_follow_orders(self, bob, artwork):
        brush = EquipmentFactory(stock=5)
        first, second = order_of(bob, artwork, brush, quantity=2), order_of(bob, artwork)
        assert self.sold(artwork, brush) == [3, 2]
        order_cancel(actor=bob, order_id=first.pk)
        assert self.sold(artwork, brush) == [1, 0]
        items = [Item(brush.pk, 4, Kind.EQUIPMENT), Item(artwork.pk, 2, Kind.ARTWORK)]
        order_replace(actor=bob, order_id=second.pk, order_type=OrderType.ARTWORK, shipping_address="x", items=items)
        assert self.sold(artwork, brush) == [2, 4]
        for order in (first, second):
            order_delete(actor=bob, order_id=order.pk)
        assert self.sold(artwork, brush) == [0, 0]

    def test_a_refused_order_sells_nothing(self, bob, artwork):
        scarce = EquipmentFactory(stock=1)
        with pytest.raises(OutOfStock):
            order_of(bob, artwork, scarce, quantity=2)
        assert self.sold(artwork, scarce) == [0, 0]

    def test_pieces_of_an_edition_that_was_open_go_back_to_no_stock(self, bob, artwork):
        order = order_of(bob, artwork, quantity=2)
        Listing.objects.filter(pk=artwork.pk).update(stock=3)
        order_cancel(actor=bob, order_id=order.pk)
        assert self.sold(artwork) == [0]
        assert Listing.objects.get(pk=artwork.pk).stock == 3

    def sold(self, *listings) -> list[int]:
        counts = dict(Listing.objects.values_list("pk", "sold_count"))
        return [counts[listing.pk] for listing in listings]


class TestChanging:
    def test_the_buyer_confirms_once(self, bob, charlie, artwork):
        order = order_of(bob, artwork)
        with pytest.raises(Missing):
            order_confirm(actor=charlie, order_id=order.pk)
        assert order_confirm(actor=bob, order_id=order.pk).status == OrderStatus.CONFIRMED
        with pytest.raises(WrongOrderStatus):
            order_confirm(actor=bob, order_id=order.pk)

    def test_replacing_the_items_moves_the_stock(self, bob, artwork):
        old, new = EquipmentFactory(stock=5), EquipmentFactory(stock=5, price="7.00")
        order = order_of(bob, old, quantity=2)
        order_replace(
            actor=bob,
            order_id=order.pk,
            order_type=OrderType.EQUIPMENT,
            shipping_address="2 New Street",
            items=[Item(new.pk, 3, Kind.EQUIPMENT)],
        )
        order.refresh_from_db()
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.stock, new.stock) == (5, 2)
        assert (order.total_amount, order.shipping_address) == (Decimal("21.00"), "2 New Street")

    def test_replaced_items_may_be_in_another_currency(self, bob, artwork):
        order = order_of(bob, artwork)
        dollars = ArtworkFactory(currency="USD", price="5.00")
        items = [Item(dollars.pk, 1, Kind.ARTWORK)]
        order_replace(actor=bob, order_id=order.pk, order_type=OrderType.ARTWORK, shipping_address="x", items=items)
        order.refresh_from_db()
        assert (order.currency, order.total_amount) == ("USD", Decimal("5.00"))

    def test_what_is_replaced_by_something_free_is_bought(self, bob, artwork):
        order = order_of(bob, artwork)
        gift = [Item(ArtworkFactory(price="0.00").pk, 1, Kind.ARTWORK)]
        order_replace(actor=bob, order_id=order.pk, order_type=OrderType.ARTWORK, shipping_address="x", items=gift)
        order.refresh_from_db()
        assert (order.total_amount, order.status) == (0, OrderStatus.DELIVERED)

    @pytest.mark.parametrize(
        ("order_type", "field"), [(OrderType.ARTWORK, "artwork_items"), (OrderType.EQUIPMENT, "equipment_items")]
    )
    def test_an_order_of_nothing_names_the_items_it_lacks(self, bob, order_type, field):
        with pytest.raises(Invalid) as refusal:
            order_place(actor=bob, channel="cultureup", order_type=order_type, shipping_address="x", items=[])
        assert refusal.value.field == field

    def test_a_refused_replacement_changes_nothing(self, bob):
        old, scarce = EquipmentFactory(stock=5), EquipmentFactory(stock=0)
        order = order_of(bob, old)
        with pytest.raises(OutOfStock):
            order_replace(
                actor=bob,
                order_id=order.pk,
                order_type=OrderType.EQUIPMENT,
                shipping_address="x",
                items=[Item(scarce.pk, 1, Kind.EQUIPMENT)],
            )
        old.refresh_from_db()
        assert (old.stock, order.lines.get().listing_id) == (4, old.pk)

    def test_no_replacement_beside_a_payment_or_after_confirming(self, bob, artwork):
        order = order_of(bob, artwork)
        payment_of(order)
        change = {
            "actor": bob,
            "order_id": order.pk,
            "order_type": OrderType.ARTWORK,
            "shipping_address": "x",
            "items": [Item(artwork.pk, 5, Kind.ARTWORK)],
        }
        with pytest.raises(WrongOrderStatus, match="has a payment"):
            order_replace(**change)
        order_confirm(actor=bob, order_id=order.pk)
        with pytest.raises(WrongOrderStatus, match="Only a pending order"):
            order_replace(**change)
        assert order.lines.get().quantity == 1

    def test_the_address_changes_until_shipped_and_only_by_the_buyer(self, bob, charlie, staff, artwork):
        artwork.artwork_type = "physical"
        artwork.save()
        order, _payment = paid_order(bob, artwork)
        assert order_address_change(actor=bob, order_id=order.pk, shipping_address="New").shipping_address == "New"
        with pytest.raises(Missing):
            order_address_change(actor=charlie, order_id=order.pk, shipping_address="Elsewhere")
        order_progress(actor=staff, order_id=order.pk, status=OrderStatus.SHIPPED)
        with pytest.raises(WrongOrderStatus):
            order_address_change(actor=bob, order_id=order.pk, shipping_address="Too late")


class TestProgress:
    @pytest.fixture
    def canvas(self, alice):
        return ArtworkFactory(seller=alice, artwork_type="physical", price="100.00")

    def test_files_alone_are_delivered_by_paying(self, bob, artwork):
        order, _payment = paid_order(bob, artwork)
        assert order.status == OrderStatus.DELIVERED
        assert [change.after for change in order.history.order_by("pk")] == ["pending", "confirmed", "delivered"]

    def test_a_seller_sends_his_own_lines_and_the_order_follows_the_last(self, alice, bob, canvas):
        dora = ArtistFactory(username="dora")
        sculpture = ArtworkFactory(seller=dora, artwork_type="physical")
        order, _payment = paid_order(bob, canvas, sculpture)
        assert order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED).status == "confirmed"
        assert order_progress(actor=dora, order_id=order.pk, status=OrderStatus.SHIPPED).status == "shipped"
        order_progress(actor=dora, order_id=order.pk, status=OrderStatus.DELIVERED)
        assert order_progress(actor=alice, order_id=order.pk, status=OrderStatus.DELIVERED).status == "delivered"

    def test_not_by_the_buyer_a_stranger_or_before_payment(self, alice, bob, charlie, canvas):
        order = order_of(bob, canvas)
        order_confirm(actor=bob, order_id=order.pk)
        with pytest.raises(Denied):
            order_progress(actor=bob, order_id=order.pk, status=OrderStatus.SHIPPED)
        with pytest.raises(Missing):
            order_progress(actor=charlie, order_id=order.pk, status=OrderStatus.SHIPPED)
        with pytest.raises(WrongOrderStatus, match="not paid"):
            order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
        assert not OrderLine.objects.filter(shipped_at__isnull=False).exists()

    def test_other_states_cannot_be_set_by_hand(self, staff, bob, canvas):
        order, _payment = paid_order(bob, canvas)
        with pytest.raises(Invalid):
            order_progress(actor=staff, order_id=order.pk, status=OrderStatus.CANCELLED)


class TestEnding:
    def test_cancelling_returns_the_stock_once(self, bob):
        brush = EquipmentFactory(stock=5)
        order = order_of(bob, brush, quantity=3)
        assert order_cancel(actor=bob, order_id=order.pk).status == OrderStatus.CANCELLED
        with pytest.raises(WrongOrderStatus):
            order_cancel(actor=bob, order_id=order.pk)
        brush.refresh_from_db()
        assert brush.stock == 5

    def test_who_may_cancel(self, alice, bob, charlie, staff):
        canvas = ArtworkFactory(seller=alice, artwork_type="physical")
        order, _payment = paid_order(bob, canvas)
        for stranger in (charlie, alice):
            with pytest.raises(Missing):
                order_cancel(actor=stranger, order_id=order.pk)
        order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
        with pytest.raises(WrongOrderStatus):
            order_cancel(actor=bob, order_id=order.pk)
        assert not AuditEntry.objects.exists()
        assert order_cancel(actor=staff, order_id=order.pk).status == OrderStatus.CANCELLED
        assert AuditEntry.objects.get(action="order.cancel").actor == staff

    def test_delivered_orders_stay(self, bob, staff, artwork):
        order, _payment = paid_order(bob, artwork)
        with pytest.raises(WrongOrderStatus):
            order_cancel(actor=staff, order_id=order.pk)

    def test_deleting_a_pending_order_returns_its_stock(self, bob, charlie):
        brush = EquipmentFactory(stock=5)
        order = order_of(bob, brush)
        with pytest.raises(Missing):
            order_delete(actor=charlie, order_id=order.pk)
        order_delete(actor=bob, order_id=order.pk)
        brush.refresh_from_db()
        assert (brush.stock, Order.objects.count()) == (5, 0)

    def test_deleting_a_cancelled_order_returns_nothing_twice(self, bob):
        brush = EquipmentFactory(stock=5)
        order = order_of(bob, brush)
        order_cancel(actor=bob, order_id=order.pk)
        order_delete(actor=bob, order_id=order.pk)
        brush.refresh_from_db()
        assert brush.stock == 5

    def test_an_order_with_a_payment_or_a_confirmed_one_is_kept(self, bob, artwork):
        order = order_of(bob, artwork)
        payment_of(order)
        with pytest.raises(WrongOrderStatus):
            order_delete(actor=bob, order_id=order.pk)
        confirmed = order_of(bob, artwork)
        order_confirm(actor=bob, order_id=confirmed.pk)
        with pytest.raises(WrongOrderStatus):
            order_delete(actor=bob, order_id=confirmed.pk)
        assert Order.objects.count() == 2


class TestExpiry:
    def test_unpaid_orders_run_out_and_give_their_stock_back(self, bob, time_machine):
        brush = EquipmentFactory(stock=1)
        order = order_of(bob, brush)
        assert orders_expire() == 0
        time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
        assert orders_expire() == 1
        order.refresh_from_db()
        brush.refresh_from_db()
        assert (order.status, brush.stock) == ("cancelled", 1)
        assert order.history.last().reason == "not paid in time"

    def test_paid_orders_and_those_waiting_for_cash_do_not(self, bob, artwork, time_machine):
        canvas = ArtworkFactory(artwork_type="physical")
        paid_order(bob, canvas)
        payment_of(order_of(bob, canvas), method="cash_on_delivery")
        payment_of(order_of(bob, canvas), method="bank_transfer")
        time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
        assert orders_expire() == 0

    def test_an_order_paid_at_the_gateway_without_our_knowing_is_completed_instead(self, bob, artwork, time_machine):
        from commerce.gateways.chosen import card_gateway
        from commerce.services.payments.at_gateway import payment_process

        order = order_of(bob, artwork)
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        card_gateway().confirm(
            reference=payment.gateway_reference, payment_method="pm_card_visa", return_url="", key="elsewhere"
        )
        time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
        assert orders_expire() == 0
        order.refresh_from_db()
        assert order.status == OrderStatus.DELIVERED

    def test_its_payment_is_closed_at_the_gateway_first(self, bob, artwork, time_machine, monkeypatch):
        asked = []

        def silent(_gateway, reference):
            asked.append(reference)
            raise GatewayUnavailable

        payments = [paid_order(bob, artwork, card="pm_card_threeDSecure2Required")[1] for _ in range(2)]
        time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "cancel", silent)
            assert (orders_expire(), len(asked)) == (0, 1)
        SandboxIntent.objects.filter(reference=payments[0].gateway_reference).update(status="succeeded")
        assert orders_expire() == 1
        assert [row.status for row in Payment.objects.order_by("pk")] == ["completed", "cancelled"]
