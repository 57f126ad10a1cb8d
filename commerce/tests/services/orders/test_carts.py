"""The cart keeps wishes: names and prices are the catalogue's."""

from decimal import Decimal
from functools import partial

import pytest

from commerce.errors import AlreadyOwned, OwnListing
from commerce.models import CartItem
from commerce.services.checkout.checkout import checkout
from commerce.services.orders import carts
from commerce.services.orders.carts import cart_add, cart_change, cart_line, cart_lines, cart_remove
from commerce.tests.shop import campaign_of, design_of
from commerce.tests.steps import at_once, order_of, paid_order
from config.core.errors import Invalid, Missing
from marketplace.choices import Status
from marketplace.errors import NotOnSale

pytestmark = pytest.mark.django_db


@pytest.fixture
def gear(alice):
    return design_of(alice, price="29.99", title="Gear")


def put(buyer, listing, **changes) -> CartItem:
    return cart_add(actor=buyer, channel="v1", listing=listing, **({"size": "M", "color": "red"} | changes))


class TestAdding:
    def test_the_same_design_size_and_color_adds_to_the_quantity(self, bob, gear):
        first = put(bob, gear, quantity=2, icon="gear")
        again = put(bob, gear, quantity=3)
        put(bob, gear, color="blue")
        assert (again.pk, again.quantity, again.icon) == (first.pk, 5, "gear")
        assert sorted(CartItem.objects.values_list("color", "quantity")) == [("blue", 1), ("red", 5)]

    def test_the_price_of_the_moment_with_the_campaign(self, alice, bob, gear):
        item = put(bob, gear, price=Decimal("29.99"))
        assert cart_line(actor=bob, item=item).offer.list_price is None
        campaign_of(alice, gear, percent="10")
        line = cart_lines(actor=bob)[0]
        assert (line.offer.price, line.offer.list_price) == (Decimal("26.99"), Decimal("29.99"))
        with pytest.raises(Invalid) as refused:
            put(bob, gear, price=Decimal("28.00"))
        assert (refused.value.field, refused.value.code) == ("price", "invalid")
        assert CartItem.objects.get().quantity == 1

    def test_the_price_of_the_catalogue_is_believed_too_where_a_campaign_lowers_it(self, alice, bob, gear):
        """Clients know no other price than the design's before something is in the cart."""
        campaign_of(alice, gear, percent="10")
        item = put(bob, gear, price=Decimal("29.99"))
        put(bob, gear, price=Decimal("26.99"))
        line = cart_line(actor=bob, item=item)
        assert (line.item.quantity, line.offer.price) == (2, Decimal("26.99"))

    def test_the_cart_shows_what_the_whole_of_it_would_cost(self, alice, bob, gear):
        """A campaign that cannot cover all pieces gives nothing: neither here nor at the checkout."""
        campaign_of(alice, gear, percent="10", budget=Decimal("6.00"))
        item = put(bob, gear, quantity=2, price=Decimal("26.99"))
        assert cart_line(actor=bob, item=item).offer.price == Decimal("26.99")
        with pytest.raises(Invalid, match=r"29\.99"):
            put(bob, gear, color="blue", price=Decimal("26.99"))
        put(bob, gear, color="blue")
        assert {line.offer.price for line in cart_lines(actor=bob)} == {Decimal("29.99")}
        assert checkout(actor=bob, channel="v1").order.total_amount == Decimal("89.97")

    @pytest.mark.parametrize(
        ("columns", "error"),
        [({"status": Status.DRAFT}, NotOnSale), ({"is_available": False}, NotOnSale)],
    )
    def test_what_is_not_on_sale(self, alice, bob, columns, error):
        with pytest.raises(error):
            put(bob, design_of(alice, **columns))
        assert not CartItem.objects.exists()

    def test_ones_own_and_what_one_owns(self, alice, bob, gear):
        with pytest.raises(OwnListing):
            put(alice, gear)
        paid_order(bob, gear)
        free = design_of(alice, price="0")
        order_of(bob, free)
        for owned in (gear, free):
            with pytest.raises(AlreadyOwned):
                put(bob, owned)
        assert not CartItem.objects.exists()

    @pytest.mark.parametrize("quantity", [0, -1, carts.MOST_PIECES + 1])
    def test_impossible_quantities(self, bob, gear, quantity):
        put(bob, gear, quantity=5)
        with pytest.raises(Invalid) as refused:
            put(bob, gear, quantity=quantity)
        assert refused.value.field == "quantity"
        assert CartItem.objects.get().quantity == 5

    def test_one_currency(self, alice, bob, gear):
        put(bob, gear)
        with pytest.raises(Invalid, match="yours holds USD") as refused:
            put(bob, design_of(alice, currency="EUR"))
        assert refused.value.field == "design_id"

    def test_so_many_items(self, alice, bob, gear, monkeypatch):
        monkeypatch.setattr(carts, "MOST_ITEMS", 1)
        put(bob, gear)
        with pytest.raises(Invalid, match="at most 1"):
            put(bob, design_of(alice))


class TestChanging:
    def test_only_what_is_given(self, bob, gear):
        item = put(bob, gear)
        assert cart_change(actor=bob, item=item, quantity=7).color == "red"
        changed = cart_change(actor=bob, item=item, size="L", color="blue")
        assert (changed.quantity, changed.size, changed.color) == (7, "L", "blue")

    def test_what_becomes_alike_is_joined(self, bob, gear):
        red, blue = put(bob, gear, quantity=2), put(bob, gear, quantity=3, color="blue")
        assert cart_change(actor=bob, item=blue, color="red").quantity == 5
        assert not CartItem.objects.filter(pk=red.pk).exists()

    def test_of_others_nothing(self, bob, charlie, gear):
        item = put(bob, gear)
        with pytest.raises(Missing):
            cart_change(actor=charlie, item=item, quantity=9)
        with pytest.raises(Missing):
            cart_remove(actor=charlie, item=item)
        item.refresh_from_db()
        assert item.quantity == 1
        cart_remove(actor=bob, item=item)
        with pytest.raises(Missing):
            cart_remove(actor=bob, item=item)

    def test_quantity_nought(self, bob, gear):
        with pytest.raises(Invalid):
            cart_change(actor=bob, item=put(bob, gear), quantity=0)
        assert CartItem.objects.get().quantity == 1


def test_what_was_withdrawn_stays_visible_as_such(bob, gear):
    put(bob, gear)
    type(gear).objects.update(is_available=False)
    assert [line.is_available for line in cart_lines(actor=bob)] == [False]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_add_up(bob, gear):
    results = at_once(*[partial(put, bob, gear)] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert CartItem.objects.get().quantity == 4
