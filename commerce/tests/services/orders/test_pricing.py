"""What a piece costs somebody: by dates, budgets, audiences and roundings of campaigns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Follow
from accounts.tests.factories import ArtistFactory, BuyerFactory
from commerce.choices import CampaignState, DiscountType, OrderType
from commerce.models import Campaign, CampaignUse
from commerce.services.campaigns.campaigns import campaign_change, campaign_status
from commerce.services.checkout.fulfilment import order_cancel, orders_expire
from commerce.services.orders.orders import Item, order_delete, order_place, order_replace
from commerce.services.orders.pricing import discount_of, offers_for
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.shop import campaign_of, design_of, given
from commerce.tests.steps import order_of, paid_order, payment_of
from marketplace.choices import Kind
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
START = datetime(2024, 6, 1, tzinfo=UTC)
END = datetime(2024, 8, 31, 23, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def price_for(buyer, listing) -> tuple[str, str | None]:
    offer = offers_for(buyer=buyer, listings=[listing])[listing.pk]
    return str(offer.price), None if offer.list_price is None else str(offer.list_price)


@pytest.fixture
def gear(alice):
    return design_of(alice)


class TestDates:
    @pytest.mark.parametrize(
        ("moment", "price", "status"),
        [
            (START - SECOND, "30.00", "scheduled"),
            (START, "22.50", "active"),
            (START + timedelta(days=30), "22.50", "active"),
            (END, "22.50", "active"),
            (END + SECOND, "30.00", "expired"),
        ],
    )
    def test_from_the_first_second_to_the_last(self, alice, bob, gear, time_machine, moment, price, status):
        time_machine.move_to(START - timedelta(days=9), tick=False)
        campaign = campaign_of(alice, gear, percent="25", start_date=START, end_date=END)
        time_machine.move_to(moment, tick=False)
        assert price_for(bob, gear) == (price, None if price == "30.00" else "30.00")
        assert campaign_status(campaign) == status
        assert order_of(bob, gear).total_amount == Decimal(price)

    @pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.PAUSED])
    def test_what_is_not_on_lowers_nothing(self, alice, bob, gear, state):
        campaign = campaign_of(alice, gear, percent="25", state=state)
        assert price_for(bob, gear) == ("30.00", None)
        assert campaign_status(campaign) == state
        campaign_change(actor=alice, campaign_id=campaign.pk, state=CampaignState.ON)
        assert price_for(bob, gear) == ("22.50", "30.00")

    def test_other_listings_keep_their_price(self, alice, bob, gear):
        campaign_of(alice, gear, percent="25")
        other, dearer = design_of(alice), design_of(alice, currency="EUR")
        assert price_for(bob, other) == price_for(bob, dearer) == ("30.00", None)


class TestSeveralCampaigns:
    def test_the_one_best_for_the_buyer_counts_alone(self, alice, bob, gear):
        campaign_of(alice, gear, percent="10")
        best = campaign_of(alice, gear, off="4.00")
        campaign_of(alice, gear, percent="13")
        line = order_of(bob, gear).lines.get()
        assert (line.unit_price, line.list_price) == (Decimal("26.00"), Decimal("30.00"))
        assert CampaignUse.objects.get().campaign == best

    def test_one_whose_budget_does_not_cover_all_pieces_leaves_it_to_the_next(self, alice, bob, gear):
        small = campaign_of(alice, gear, percent="50", budget=Decimal("44.99"))
        large = campaign_of(alice, gear, percent="10")
        assert order_of(bob, gear, quantity=3).total_amount == Decimal("81.00")
        assert given(small) == (0, 0, 0)
        assert given(large) == (9, 9, 1)

    def test_what_two_listings_of_an_order_share_is_given_once(self, alice, bob, gear):
        wheel = design_of(alice)
        campaign = campaign_of(alice, gear, wheel, off="10.00", budget=Decimal("15.00"))
        order = order_of(bob, gear, wheel)
        assert sorted(order.lines.values_list("unit_price", flat=True)) == [Decimal("20.00"), Decimal("30.00")]
        assert given(campaign) == (10, 10, 1)

    def test_pieces_in_other_sizes_count_together(self, alice, bob, gear):
        campaign = campaign_of(alice, gear, off="10.00", budget=Decimal("30.00"))
        order = order_place(
            actor=bob,
            channel="v1",
            order_type=OrderType.ARTWORK,
            shipping_address="",
            items=[Item(gear.pk, 2, Kind.MODEL, "S"), Item(gear.pk, 1, Kind.MODEL, "M")],
        )
        assert order.total_amount == Decimal("60.00")
        assert given(campaign) == (30, 30, 2)
        assert campaign_status(campaign) == "expired"
        assert price_for(BuyerFactory(), gear) == ("30.00", None)


class TestAudiences:
    def test_each_reaches_its_own(self, alice, bob, charlie, gear):
        dora = BuyerFactory(username="dora")
        paid_order(bob, design_of(alice))
        Follow.objects.create(follower=charlie, followed=alice)
        order_of(dora, design_of(alice))  # not paid: still new
        reached = {}
        for audience in ("everyone", "new_customers", "returning_customers", "followers"):
            design = design_of(alice)
            campaign_of(alice, design, percent="50", target_audience=audience)
            people = (bob, charlie, dora)
            reached[audience] = [person.username for person in people if price_for(person, design)[1]]
        assert reached == {
            "everyone": ["bob", "charlie", "dora"],
            "new_customers": ["charlie", "dora"],
            "returning_customers": ["bob"],
            "followers": ["charlie"],
        }

    def test_who_had_something_for_nothing_is_a_returning_customer(self, alice, bob, gear):
        order_of(bob, design_of(alice, price="0"))
        campaign_of(alice, gear, percent="50", target_audience="returning_customers")
        assert price_for(bob, gear) == ("15.00", "30.00")

    def test_customers_of_others_are_new(self, alice, bob, gear):
        paid_order(bob, design_of(ArtistFactory()))
        campaign_of(alice, gear, percent="50", target_audience="new_customers")
        assert price_for(bob, gear) == ("15.00", "30.00")


class TestRounding:
    @pytest.mark.parametrize(
        ("currency", "price", "percent", "discount"),
        [
            ("USD", "29.99", "25", "7.50"),  # 7.4975
            ("USD", "0.10", "5", "0.01"),  # 0.005
            ("USD", "0.10", "4.9", "0.00"),
            ("JPY", "999", "12.5", "125"),  # 124.875
            ("JPY", "3", "16", "0"),
            ("KWD", "1.235", "10", "0.124"),  # 0.1235
            ("USD", "29.99", "100", "29.99"),
        ],
    )
    def test_percentages(self, alice, currency, price, percent, discount):
        campaign = Campaign(discount_type=DiscountType.PERCENTAGE, discount_value=Decimal(percent), currency=currency)
        assert str(discount_of(campaign, Decimal(price))) == discount

    @pytest.mark.parametrize(
        ("currency", "price", "off", "discount"),
        [("USD", "29.99", "5.00", "5.00"), ("USD", "3.00", "5.00", "3.00"), ("JPY", "999", "100", "100")],
    )
    def test_amounts_never_exceed_the_price(self, currency, price, off, discount):
        campaign = Campaign(discount_type=DiscountType.FIXED_AMOUNT, discount_value=Decimal(off), currency=currency)
        assert discount_of(campaign, Decimal(price)) == Decimal(discount)

    def test_a_discount_of_nothing_is_none(self, alice, bob):
        cheap = design_of(alice, price="0.10")
        campaign_of(alice, cheap, percent="4")
        assert price_for(bob, cheap) == ("0.10", None)

    def test_in_yen(self, alice, bob):
        print_ = design_of(alice, price="999", currency="JPY")
        campaign_of(alice, print_, percent="12.5")
        order, payment = paid_order(bob, print_, quantity=3, channel="v1")
        assert (order.total_amount, payment.amount, payment.platform_fee) == (2622, 2622, 262)


class TestOrders:
    def test_an_artwork_order_pays_the_campaigns_price_too(self, alice, bob):
        artwork = ArtworkFactory(seller=alice, price=Decimal("299.99"))
        campaign = campaign_of(alice, artwork, percent="10")
        order, payment = paid_order(bob, artwork)
        assert order.total_amount == payment.amount == Decimal("269.99")
        assert payment.platform_fee + payment.artist_earning == Decimal("269.99")
        assert given(campaign) == (Decimal("30.00"), Decimal("30.00"), 1)

    def test_a_later_price_or_discount_does_not_touch_a_placed_order(self, alice, bob, gear):
        campaign = campaign_of(alice, gear, percent="10")
        order = order_of(bob, gear)
        campaign_change(actor=alice, campaign_id=campaign.pk, discount_value=Decimal(90))
        type(gear).objects.update(price=1)
        assert payment_of(order).amount == Decimal("27.00")

    def test_a_cancelled_order_gives_its_discount_back_once(self, alice, bob, gear, staff):
        campaign = campaign_of(alice, gear, percent="10", budget=Decimal("3.00"))
        order = order_of(bob, gear)
        assert given(campaign) == (3, 3, 1)
        order_cancel(actor=bob, order_id=order.pk)
        assert given(campaign) == (0, 0, 0)
        order_delete(actor=bob, order_id=order.pk)
        campaign.refresh_from_db()
        assert (campaign.given, campaign.total_uses) == (0, 0)
        assert price_for(bob, gear) == ("27.00", "30.00")

    def test_an_expired_order_gives_its_discount_back(self, alice, bob, gear, time_machine):
        campaign = campaign_of(alice, gear, percent="10")
        order_of(bob, gear)
        time_machine.move_to(timezone.now() + timedelta(hours=25))
        assert orders_expire() == 1
        assert orders_expire() == 0
        assert given(campaign) == (0, 0, 0)

    def test_a_refund_gives_nothing_back(self, alice, bob, gear, admin):
        campaign = campaign_of(alice, gear, percent="10")
        _order, payment = paid_order(bob, gear)
        payment_refund(actor=admin, payment_id=payment.pk)
        assert given(campaign) == (3, 3, 1)

    def test_other_items_in_an_order_give_back_the_discounts_of_the_old_ones_first(self, alice, bob, gear):
        campaign = campaign_of(alice, gear, percent="10", budget=Decimal("6.00"))
        order = order_of(bob, gear, quantity=2)
        again = order_replace(
            actor=bob,
            order_id=order.pk,
            order_type=order.order_type,
            shipping_address="x",
            items=[Item(gear.pk, 1, Kind.MODEL)],
        )
        assert again.total_amount == Decimal("27.00")
        assert given(campaign) == (3, 3, 1)

    def test_what_a_campaign_makes_free_is_bought_by_ordering_it(self, alice, bob, gear):
        campaign_of(alice, gear, percent="100")
        order = order_of(bob, gear)
        assert (order.total_amount, order.status) == (0, "delivered")


def test_offers_cost_the_same_number_of_queries_for_one_and_thirty(alice, bob, django_assert_num_queries):
    designs = [design_of(alice) for _ in range(30)]
    for audience in ("new_customers", "followers", "everyone"):
        campaign_of(alice, *designs, percent="10", target_audience=audience)
    for listings in (designs[:1], designs):
        with django_assert_num_queries(3):
            offers = offers_for(buyer=bob, listings=listings)
        assert {str(offer.price) for offer in offers.values()} == {"27.00"}
