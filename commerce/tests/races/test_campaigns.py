"""Many buyers and one budget, two clicks and one cart, on real connections. The books stay right (see conftest)."""

from decimal import Decimal
from functools import partial

import pytest

from accounts.tests.factories import BuyerFactory
from commerce.errors import EmptyCart
from commerce.models import Order, Payment, Promotion
from commerce.services.campaigns.campaigns import campaign_change, campaign_delete
from commerce.services.campaigns.promotions import promotion_create
from commerce.services.checkout.checkout import checkout
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.escrow.files import listing_file_attached, purchase_refund
from commerce.services.orders.orders import Item, order_replace
from commerce.services.payouts.payouts import payout_request
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import campaign_of, design_of, fill_cart, given
from commerce.tests.steps import at_once, balances, order_of, paid_order
from config.core.errors import DomainError
from marketplace.choices import Kind
from marketplace.tests.factories import MeshFileFactory

pytestmark = pytest.mark.django_db(transaction=True)


def sound(results: list[object]) -> list[object]:
    unexpected = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert not unexpected, unexpected
    return results


def test_ten_buyers_share_a_budget_for_four(alice):
    gear = design_of(alice)
    campaign = campaign_of(alice, gear, off="10.00", budget=Decimal("45.00"))
    buyers = BuyerFactory.create_batch(10)
    for buyer in buyers:
        fill_cart(buyer, gear)
    results = sound(at_once(*(partial(checkout, actor=buyer, channel="v1") for buyer in buyers)))
    assert given(campaign) == (40, 40, 4)
    assert sorted(done.order.total_amount for done in results) == [20] * 4 + [30] * 6
    for done in results:
        line = done.order.lines.get()
        assert done.payment.amount == done.order.total_amount == line.total_price
        assert (line.list_price == 30) == (line.unit_price == 20)


def test_buyers_of_different_designs_share_a_budget_as_well(alice):
    """No listing's lock keeps these apart, the campaign's alone."""
    designs = [design_of(alice) for _ in range(10)]
    campaign = campaign_of(alice, *designs, off="10.00", budget=Decimal("45.00"))
    buyers = BuyerFactory.create_batch(10)
    results = sound(at_once(*map(partial, [order_of] * 10, buyers, designs)))
    assert given(campaign) == (40, 40, 4)
    assert sorted(order.total_amount for order in results) == [20] * 4 + [30] * 6


def test_a_budget_given_back_is_given_once_more(alice):
    gear = design_of(alice)
    campaign = campaign_of(alice, gear, off="10.00", budget=Decimal("20.00"))
    held = [order_of(buyer, gear) for buyer in BuyerFactory.create_batch(2)]
    late = BuyerFactory.create_batch(4)
    sound(
        at_once(
            *(partial(order_cancel, actor=order.buyer, order_id=order.pk) for order in held),
            *(partial(order_of, buyer, gear) for buyer in late),
        )
    )
    said, counted, uses = given(campaign)
    assert said == counted == 10 * uses
    assert said <= 20


def test_campaigns_of_several_listings_do_not_deadlock(alice, bob, charlie):
    designs = [design_of(alice) for _ in range(4)]
    campaigns = [campaign_of(alice, *pair, percent="10") for pair in (designs[:2], designs[1:3], designs[2:])]
    first, second = order_of(bob, designs[3]), order_of(charlie, designs[0])

    def exchange(order, listing):
        return order_replace(
            actor=order.buyer,
            order_id=order.pk,
            order_type=order.order_type,
            shipping_address="x",
            items=[Item(listing.pk, 1, Kind.MODEL)],
        )

    for _ in range(5):
        sound(
            at_once(
                partial(exchange, first, designs[0]),
                partial(exchange, second, designs[3]),
                partial(order_of, bob, *designs[::-1]),
                partial(campaign_change, actor=alice, campaign_id=campaigns[1].pk, name="Again"),
            )
        )
        for campaign in campaigns:
            said, counted, _uses = given(campaign)
            assert said == counted


def test_a_campaign_taken_away_while_somebody_buys(alice, bob):
    gear = design_of(alice)
    campaign = campaign_of(alice, gear, percent="10")
    order, gone = at_once(partial(order_of, bob, gear), partial(campaign_delete, actor=alice, campaign_id=campaign.pk))
    sound([order, gone])
    used = order.total_amount == 27
    assert used == type(campaign).objects.filter(pk=campaign.pk).exists()


def test_a_double_click_makes_one_order(alice, bob):
    default_of(bob)
    fill_cart(bob, design_of(alice))
    results = sound(at_once(*[partial(checkout, actor=bob, channel="v1")] * 4))
    assert [type(result) for result in results if isinstance(result, Exception)] == [EmptyCart] * 3
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_the_file_and_the_buyers_refund_at_once(alice, admin):
    for _ in range(5):
        rack = design_of(alice, mesh=None)
        buyer = BuyerFactory()
        order, payment = paid_order(buyer, rack, channel="v1")
        type(rack).objects.filter(pk=rack.pk).update(mesh=MeshFileFactory(owner=alice))
        released, refund = sound(
            at_once(
                partial(listing_file_attached, listing_id=rack.pk),
                partial(purchase_refund, actor=buyer, line=order.lines.get()),
            )
        )
        payment.refresh_from_db()
        assert payment.held_amount == 0
        assert (released == 1) == isinstance(refund, DomainError)
        assert payment.status == ("completed" if released else "refunded")


def test_a_balance_is_spent_once(alice, bob):
    default_of(alice)
    paid_order(bob, design_of(alice, price="100.00"), channel="v1")
    promote = partial(
        promotion_create, actor=alice, promotion_type="featured", duration_days=1, budget=Decimal("60.00")
    )
    results = sound(
        at_once(
            *(partial(promote, listing=design_of(alice)) for _ in range(3)),
            partial(payout_request, actor=alice, amount=Decimal("60.00"), method="paypal", net_amount=Decimal("60.00")),
        )
    )
    promotions = list(Promotion.objects.order_by("number"))
    assert len(promotions) == 3
    assert len({promotion.number for promotion in promotions}) == 3
    paid_out = not isinstance(results[3], Exception)
    taken = sum(promotion.from_balance for promotion in promotions)
    assert taken <= (30 if paid_out else 90)
    assert balances().get(("seller", alice.pk), 0) == 90 - taken - (60 if paid_out else 0)
